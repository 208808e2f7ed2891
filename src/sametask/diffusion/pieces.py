"""Kernels that fall into pieces: where they do, diffusion coordinates mean nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from torch import Tensor

from sametask.base.errors import DataError

# From this eigenvalue on an eigenvector is mixed with the constant by round-off: at a gap of 1e-10
# to the constant's 1, six digits of it are left.
UNDETERMINED = 1 - 1e-10
# Samples farther apart than this many ε are joined by no kernel entry above round-off.
JOINED = 36.0
# Sizes of pieces that are told.
TOLD = 5


def require_whole(values: Tensor, distances: Tensor, facts: Mapping[str, Any]) -> None:
    """Refuse a kernel that falls into pieces, by ``DataError``.

    Each piece beside the first has an eigenvalue of 1, within round-off: those eigenvectors, and
    the constant, are any mixture of constants on the pieces. ``values`` are the eigenvalues without
    the constant's. The pieces are those of single linkage: cut where no kernel entry joins
    them, or into as many as there are such eigenvalues.
    """
    count = 1 + int((values > UNDETERMINED).sum())
    if count == 1:
        return
    epsilon = facts["bandwidth"]
    tree = linkage(squareform(distances.numpy(), checks=False), "single")
    place = fcluster(tree, JOINED * epsilon, "distance")
    if place.max() < count:
        place = fcluster(tree, count, "maxclust")
    sizes = sorted(np.bincount(place)[1:].tolist(), reverse=True)
    told = ", ".join(map(str, sizes[:TOLD])) + (", …" if len(sizes) > TOLD else "")
    change = {
        "knn": f"raise diffusion.neighbour from {facts.get('neighbour')}",
        "slope": "set diffusion.bandwidth: knn and a larger diffusion.neighbour",
        "number": f"raise diffusion.bandwidth from {epsilon:.3g}",
    }[facts["bandwidth_rule"]]
    raise DataError(
        f"the kernel falls into {len(sizes)} pieces of {told} samples, and its coordinates are "
        f"undetermined; {change}"
    )

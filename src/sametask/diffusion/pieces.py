"""Refuse kernels that fall into pieces: their diffusion coordinates are undetermined."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from torch import Tensor

from sametask.base.errors import DataError

# Above this eigenvalue, round-off mixes an eigenvector with the constant one, whose eigenvalue is
# 1: at a gap of 1e-10, six digits are left.
UNDETERMINED = 1 - 1e-10
# Samples with D above this many ε have a kernel entry below round-off.
JOINED = 36.0
# Sizes of pieces that the error lists.
LISTED = 5


def require_whole(values: Tensor, distances: Tensor, facts: Mapping[str, Any]) -> None:
    """Raise ``DataError`` if the kernel falls into pieces.

    A kernel of p pieces has p eigenvalues of 1, within round-off. Their eigenvectors are arbitrary
    mixtures of functions that are constant on every piece. ``values`` are the eigenvalues without
    that of the constant. The error lists the pieces of single linkage, cut where kernel entries are
    below round-off; if these are fewer than p, cut into p pieces.
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
    listed = ", ".join(map(str, sizes[:LISTED])) + (", …" if len(sizes) > LISTED else "")
    change = {
        "knn": f"raise diffusion.neighbour from {facts.get('neighbour')}",
        "slope": "set diffusion.bandwidth: knn and a larger diffusion.neighbour",
        "number": f"raise diffusion.bandwidth from {epsilon:.3g}",
    }[facts["bandwidth_rule"]]
    raise DataError(
        f"the kernel falls into {len(sizes)} pieces of {listed} samples, and its coordinates are "
        f"undetermined; {change}"
    )

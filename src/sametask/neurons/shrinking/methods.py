"""The methods by name, and what each makes of networks: clusters that merge, or neurons that stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError, nearest
from sametask.networks.stacked import StackedPerceptron
from sametask.neurons.shrinking.barycentres import wasserstein_k_means
from sametask.neurons.shrinking.clustering import k_means, k_medoids, own_clusters
from sametask.neurons.shrinking.merging import drop, fold, refit, tie
from sametask.neurons.shrinking.original import Original
from sametask.neurons.shrinking.peer import by_group_norm
from sametask.neurons.shrinking.ranking import (
    by_certainty,
    by_collinearity,
    by_magnitude,
    by_qpfs,
    by_wasserstein_qpfs,
)

# Clusters (sizes, n or 1, K) of each size, given the sizes and a seed; and an order (n, K).
Clustered = Callable[[Original, np.ndarray, int], np.ndarray]
Ranked = Callable[[Original], Tensor]
# Networks by how they were shrunk.
Shrunk = dict[str, StackedPerceptron]


def _rho1(original: Original, sizes: np.ndarray, seed: int) -> np.ndarray:
    means = original.moments.mean
    return np.stack([k_means(means, size, seed) for size in sizes.tolist()])[:, None]


def _rho2(original: Original, sizes: np.ndarray, seed: int) -> np.ndarray:
    moments, apart = original.moments, original.distances
    found = (wasserstein_k_means(moments, apart, size, seed) for size in sizes.tolist())
    return np.stack([clusters.labels for clusters in found])[:, None]


def _medoids(original: Original, sizes: np.ndarray, seed: int) -> np.ndarray:
    return np.stack([k_medoids(original.distances, size) for size in sizes.tolist()])[:, None]


def _own(original: Original, sizes: np.ndarray, seed: int) -> np.ndarray:
    return own_clusters(original.rows.numpy(), sizes).transpose(2, 0, 1)


MERGING: dict[str, Clustered] = {"rho1": _rho1, "rho2": _rho2, "medoids": _medoids, "own": _own}
LEAVING: dict[str, Ranked] = {
    "low-variance": by_certainty,
    "collinear": by_collinearity,
    "qpfs": by_qpfs,
    "qpfs-rho2": by_wasserstein_qpfs,
    "magnitude": by_magnitude,
    "torch-pruning": by_group_norm,
}
METHODS = (*MERGING, *LEAVING)


def shrunk(original: Original, method: str, sizes: np.ndarray, seed: int) -> Iterator[Shrunk]:
    """Yield for each size the networks by how they were shrunk.

    Clusters are tied, folded, and folded with weights out of them that are fitted anew; neurons are
    dropped without more, and with weights that are fitted anew. Outputs can be tied only. Raises
    ``DataError`` for an unknown method, and where outputs would have to be left out.
    """
    if method in MERGING:
        clusters = MERGING[method](original, sizes, seed)
        for each in clusters:
            labels = torch.from_numpy(each).long().expand(len(original.rows), -1)
            found = {"tie": tie(original, labels)}
            if not original.last:
                found["fold"] = fold(original, labels)
                found["refit"] = refit(original, found["fold"])
            yield found
    elif method in LEAVING:
        yield from _left(original, LEAVING[method], sizes)
    else:
        raise DataError(f"no method {method!r} to shrink networks; {nearest(method, METHODS)}")


def _left(original: Original, ranked: Ranked, sizes: np.ndarray) -> Iterator[Shrunk]:
    if original.last:
        raise DataError(
            f"the neurons of layer {original.layer} are the outputs, which cannot be left out; "
            f"valid: {', '.join(MERGING)}"
        )
    order = ranked(original)
    for size in sizes.tolist():
        dropped = drop(original, order[:, :size])
        yield {"drop": dropped, "refit": refit(original, dropped)}

"""The bandwidth ε of a diffusion map's kernel, by rules on squared distances.

The names of the rules are a key of ``config.sections.stage_sections.Diffusion``; ``pieces`` gives
advice for each of them.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from sametask.base.errors import DataError

# Samples coincide if D is at most this fraction of its largest entry: 1e-12 of the largest length,
# the round-off of equal activations.
COINCIDING = 1e-24


def distinct(distances: Tensor) -> Tensor:
    """Return the number (p,) of one sample at every place, from squared distances (N, N).

    Samples whose activations are equal within round-off are at the same place.
    """
    together = distances <= COINCIDING * distances.max()
    if together.sum() == len(distances):
        return torch.arange(len(distances))
    _, place = connected_components(together.numpy(), directed=False)
    return torch.from_numpy(np.unique(place, return_index=True)[1])


def choose_neighbour(asked: str | int, rank: int, samples: int, ridge: float = 0.0) -> int:
    """Return the number of the nearest neighbour for ``knn_bandwidth``, as asked or by ``auto``.

    ``auto`` is the number of evenly spread samples within two spacings, V_r 2^r in r dimensions
    with the volume V_r of the unit ball: 4 on a line, 13 in a plane. ε is then four squared
    spacings in every dimension. The number is at most a tenth of the samples and at least 2. With a
    ``ridge``, the sign of many dimensions, no sample is near another: it is half of the samples
    (``geometry.automatic``).
    """
    if asked != "auto":
        return int(asked)
    if ridge > 0:
        return max(2, samples // 2)
    ball = math.exp(rank / 2 * math.log(math.pi) - math.lgamma(rank / 2 + 1))
    return max(2, min(round(ball * 2**rank), samples // 10))


def knn_bandwidth(distances: Tensor, neighbour: int) -> float:
    """Return ε, the median over places of D to the ``neighbour``-th nearest other place.

    ``distances`` (N, N) and ε are in squared input units. On equidistant samples of an interval,
    the second neighbour gives the squared spacing. Samples whose activations coincide are counted
    as one place, so that repeated samples change nothing. Raises ``DataError`` if there are too
    few places.
    """
    places = distinct(distances)
    if len(places) <= neighbour:
        raise DataError(
            f"bandwidth: the activations of {len(distances)} samples coincide at {len(places)} "
            f"places, where neighbour {neighbour} needs at least {neighbour + 1}; lower "
            "diffusion.neighbour or measure other neurons"
        )
    if len(places) < len(distances):
        distances = distances[places][:, places]
    return distances.kthvalue(neighbour + 1, dim=1).values.median().item()


def slope_bandwidth(distances: Tensor) -> tuple[float, float]:
    """Return ε at the steepest point of S(ε) = Σ exp(−D/ε), and the dimension 2 d log S / d log ε.

    After Coifman, Shkolnisky, Sigworth & Singer, IEEE Trans. Image Process. 17 (2008) 1891.
    ``distances`` (N, N) in squared input units. Raises ``DataError`` if all activations coincide.
    """
    positive = distances[distances > COINCIDING * distances.max()]
    if len(positive) == 0:
        raise DataError("bandwidth: the activations of all samples coincide; measure other neurons")
    low, high = math.log(positive.min().item()), math.log(positive.max().item())
    grid = torch.linspace(low, high, 200, dtype=distances.dtype, device=distances.device)
    slopes = []
    for log_epsilon in grid:
        scaled = distances * torch.exp(-log_epsilon)
        kernel = torch.exp(-scaled)
        slopes.append((kernel * scaled).sum() / kernel.sum())
    best = int(torch.stack(slopes).argmax())
    return math.exp(grid[best].item()), 2 * slopes[best].item()


def choose_bandwidth(
    distances: Tensor, bandwidth: str | float, neighbour: int
) -> tuple[float, dict[str, Any]]:
    """Return ε, as given or by the named rule, and the attributes that describe the choice."""
    if bandwidth == "knn":
        facts = {"bandwidth_rule": "knn", "neighbour": neighbour}
        return knn_bandwidth(distances, neighbour), facts
    if bandwidth == "slope":
        epsilon, dimension = slope_bandwidth(distances)
        return epsilon, {"bandwidth_rule": "slope", "kernel_dimension": dimension}
    return float(bandwidth), {"bandwidth_rule": "number"}

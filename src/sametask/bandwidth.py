"""The bandwidth ε of a diffusion map's kernel, by rules on squared distances."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from sametask.errors import DataError


def choose_neighbour(asked: str | int, rank: int, samples: int) -> int:
    """Return which nearest neighbour ``knn_bandwidth`` takes: a number, or by the rule ``auto``.

    ``auto`` is as many as are expected within two spacings of evenly spread samples in r
    dimensions, V_r 2^r with the volume V_r of the unit ball, so that ε is four squared spacings
    in every dimension: 4 on a line, 13 in a plane. At most a tenth of the samples and at least 2.
    """
    if asked != "auto":
        return int(asked)
    ball = math.exp(rank / 2 * math.log(math.pi) - math.lgamma(rank / 2 + 1))
    return max(2, min(round(ball * 2**rank), samples // 10))


def knn_bandwidth(distances: Tensor, neighbour: int) -> float:
    """Return ε, the median over samples of D to the ``neighbour``-th nearest other sample.

    ``distances`` (N, N) in squared input units, as ε. On an equidistant interval the second
    neighbour gives one spacing squared. Raises ``DataError`` if duplicates make it zero.
    """
    nearest = distances.kthvalue(neighbour + 1, dim=1).values
    epsilon = nearest.median().item()
    if epsilon <= 0:
        raise DataError(
            f"bandwidth: more than half of the samples have {neighbour} duplicates; draw other "
            "samples or raise diffusion.neighbour"
        )
    return epsilon


def slope_bandwidth(distances: Tensor) -> tuple[float, float]:
    """Return ε at the steepest point of S(ε) = Σ exp(−D/ε), and the dimension 2 d log S / d log ε.

    After Coifman, Shkolnisky, Sigworth & Singer, IEEE Trans. Image Process. 17 (2008) 1891.
    ``distances`` (N, N) in squared input units.
    """
    positive = distances[distances > 0]
    if len(positive) == 0:
        raise DataError("bandwidth: all samples coincide")
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
    """Return ε by a rule's name or as given, and the facts that the rule found on the way."""
    if bandwidth == "knn":
        facts = {"bandwidth_rule": "knn", "neighbour": neighbour}
        return knn_bandwidth(distances, neighbour), facts
    if bandwidth == "slope":
        epsilon, dimension = slope_bandwidth(distances)
        return epsilon, {"bandwidth_rule": "slope", "kernel_dimension": dimension}
    return float(bandwidth), {"bandwidth_rule": "number"}

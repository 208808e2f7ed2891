"""Diffusion maps: kernel, bandwidth, eigenpairs, and which of them to keep.

Coifman & Lafon, "Diffusion maps", ACHA 2006, with their density normalisation α = 1, under
which the eigenvectors do not depend on how densely the samples lie.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from sametask.errors import DataError

# Below this eigenvalue an eigenvector of the normalised kernel is round-off.
KERNEL_RANK = 1e-10
# Local regression: an eigenvector that earlier ones leave this share of is a new direction.
NEW_DIRECTION = 0.3


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


def normalised_kernel(distances: Tensor, bandwidth: float) -> tuple[Tensor, Tensor]:
    """Return the symmetric conjugate (N, N) of the diffusion operator, and √degree (N,).

    K = exp(−D/ε); K/(q qᵀ) with q = K 1 (α = 1); then D^(-1/2) K D^(-1/2).
    """
    kernel = torch.exp(-distances / bandwidth)
    density = kernel.sum(dim=1)
    kernel = kernel / density[:, None] / density[None, :]
    root = kernel.sum(dim=1).sqrt()
    return kernel / root[:, None] / root[None, :], root


def leading_eigenpairs(distances: Tensor, bandwidth: float, count: int) -> tuple[Tensor, Tensor]:
    """Return at most ``count`` non-constant eigenvalues (k,) and right eigenvectors (N, k).

    The leading ones, as many as the kernel has rank. Eigenvectors have unit root mean square, and
    the sign that makes their largest entry positive.
    """
    samples = len(distances)
    symmetric, root = normalised_kernel(distances, bandwidth)
    window = [max(0, samples - count - 1), samples - 1]
    values, vectors = scipy.linalg.eigh(
        symmetric.cpu().numpy(), subset_by_index=window, driver="evr", check_finite=False
    )
    rank = int((values > KERNEL_RANK).sum())
    values, vectors = values[::-1][1:rank], vectors[:, ::-1][:, 1:rank]
    right = vectors / root.cpu().numpy()[:, None]
    right = right / np.sqrt(np.mean(right**2, axis=0))
    right = right * np.sign(right[np.abs(right).argmax(axis=0), np.arange(right.shape[1])])
    kept = {"dtype": distances.dtype, "device": distances.device}
    return torch.tensor(values.copy(), **kept), torch.tensor(right, **kept)


def diffusion_map(distances: Tensor, bandwidth: float, count: int) -> tuple[Tensor, Tensor]:
    """Return the leading ``count`` non-constant eigenvalues (k,) and right eigenvectors (N, k).

    As ``leading_eigenpairs`` does. Raises ``DataError`` if the kernel has fewer than asked for.
    """
    values, vectors = leading_eigenpairs(distances, bandwidth, count)
    rank = len(values)
    if rank < count:
        raise DataError(
            f"diffusion.coordinates: {count} asked for, but the kernel has rank {rank} beside the "
            f"constant; at most {rank}, or a smaller bandwidth than {bandwidth:.3g}"
        )
    return values, vectors


def regression_residuals(eigenvectors: Tensor) -> Tensor:
    """Return for each eigenvector (N, k) the share r_j in [0, 1] that earlier ones leave of it.

    Leave-one-out local linear regression of eigenvector j on eigenvectors 1 … j − 1, with a
    Gaussian kernel a third of the median distance wide; r_j² is the residual's energy over the
    eigenvector's. r_1 = 1. After Dsilva, Talmon, Coifman & Kevrekidis, ACHA 44 (2018) 759.
    """
    samples, count = eigenvectors.shape
    residuals = eigenvectors.new_ones(count)
    for j in range(1, count):
        earlier, target = eigenvectors[:, :j], eigenvectors[:, j]
        distances = torch.cdist(earlier, earlier)
        width = distances.median() / 3
        weights = torch.exp(-(distances / width).square()).fill_diagonal_(0)
        design = torch.cat([eigenvectors.new_ones(samples, 1), earlier], dim=1)
        # Products of regressors once for all samples make the normal equations matrix products.
        products = (design[:, :, None] * design[:, None, :]).reshape(samples, -1)
        normal = (weights @ products).reshape(samples, j + 1, j + 1)
        right = weights @ (design * target[:, None])
        ridge = 1e-12 * normal.diagonal(dim1=1, dim2=2).sum(1)[:, None, None]
        eye = torch.eye(j + 1, dtype=design.dtype, device=design.device)
        coefficients = torch.linalg.solve(normal + ridge * eye, right)
        left = target - (design * coefficients).sum(dim=1)
        residuals[j] = (left.square().sum() / target.square().sum()).sqrt()
    return residuals


def new_directions(eigenvectors: Tensor, count: int) -> Tensor:
    """Return the indices, ascending, of at most ``count`` eigenvectors that are new directions.

    Those that others explain least, ranked by ``regression_residuals``.
    """
    residuals = regression_residuals(eigenvectors)
    ranked = residuals.argsort(descending=True)[:count]
    return ranked[residuals[ranked] > NEW_DIRECTION].sort().values


def non_harmonic(eigenvectors: Tensor, count: int) -> Tensor:
    """Return the ``count`` ``new_directions``; raises ``DataError`` if there are fewer."""
    kept = new_directions(eigenvectors, count)
    found = len(kept)
    if found < count:
        raise DataError(
            f"diffusion.coordinates: {count} asked for with selection non-harmonic, but "
            f"{eigenvectors.shape[1]} eigenvectors hold {found} new directions; at most {found}"
        )
    return kept


@dataclass(frozen=True)
class Embedding:
    """Eigenvalues (k,), eigenvectors (N, k), and the facts of how they were found."""

    eigenvalues: Tensor
    eigenvectors: Tensor
    facts: dict[str, Any]


def choose_bandwidth(
    distances: Tensor, bandwidth: str | float, neighbour: int
) -> tuple[float, dict[str, Any]]:
    """Return ε by a rule's name or as given, and the facts that the rule found on the way."""
    if bandwidth == "knn":
        return knn_bandwidth(distances, neighbour), {"bandwidth_rule": "knn"}
    if bandwidth == "slope":
        epsilon, dimension = slope_bandwidth(distances)
        return epsilon, {"bandwidth_rule": "slope", "kernel_dimension": dimension}
    return float(bandwidth), {"bandwidth_rule": "number"}


def _candidates(coordinates: int, samples: int) -> int:
    """Return the number of eigenvectors among which ``non-harmonic`` chooses."""
    return min(5 * coordinates, samples - 2)


def embed(
    distances: Tensor,
    coordinates: int,
    bandwidth: str | float,
    neighbour: int,
    selection: str,
    solve: Callable[[Tensor, float, int], tuple[Tensor, Tensor]] = diffusion_map,
) -> Embedding:
    """Return k diffusion coordinates of squared distances (N, N), by the settings of a config.

    ``non-harmonic`` chooses among five times as many eigenvectors. ``solve`` finds the
    eigenpairs, so that another engine takes the place of ``diffusion_map`` and nothing else.
    """
    epsilon, facts = choose_bandwidth(distances, bandwidth, neighbour)
    if selection == "leading":
        values, vectors = solve(distances, epsilon, coordinates)
        kept = torch.arange(coordinates)
    else:
        values, vectors = solve(distances, epsilon, _candidates(coordinates, len(distances)))
        kept = non_harmonic(vectors, coordinates)
    facts |= {"bandwidth": epsilon, "selection": selection, "selected": (kept + 1).tolist()}
    return Embedding(values[kept], vectors[:, kept], facts)


def euclidean_coordinates(
    activations: Tensor, coordinates: int, bandwidth: str | float, neighbour: int, selection: str
) -> Tensor:
    """Return diffusion coordinates (N, ≤ k) under the Euclidean metric of activations (N, m).

    An ablation: the settings are those of ``embed`` and of another metric. A ``bandwidth`` that is
    a number, of squared input units, gives way to the rule ``knn``, and where the kernel has fewer
    eigenvectors, or fewer new directions, these are all. Raises ``DataError`` if duplicates leave
    no bandwidth.
    """
    distances = torch.cdist(
        activations, activations, compute_mode="donot_use_mm_for_euclid_dist"
    ).square()
    rule = bandwidth if isinstance(bandwidth, str) else "knn"
    epsilon, _ = choose_bandwidth(distances, rule, neighbour)
    if selection == "leading":
        return leading_eigenpairs(distances, epsilon, coordinates)[1]
    count = _candidates(coordinates, len(distances))
    vectors = leading_eigenpairs(distances, epsilon, count)[1]
    return vectors[:, new_directions(vectors, coordinates)]

"""Diffusion maps: kernel, bandwidth, eigenpairs, and which of them to keep.

Coifman & Lafon, "Diffusion maps", ACHA 2006, with their density normalisation α = 1, under
which the eigenvectors do not depend on how densely the samples lie.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from sametask.bandwidth import choose_bandwidth
from sametask.errors import DataError
from sametask.magnitude import require_moderate
from sametask.pieces import require_whole

# Below this eigenvalue an eigenvector of the normalised kernel is round-off.
KERNEL_RANK = 1e-10
# Where the rule ``auto`` looks for the end of the coordinates: behind the 10th to the 30th.
FIRST_END, LAST_END = 10, 30
# Local regression: an eigenvector that earlier ones leave this share of is a new direction.
NEW_DIRECTION = 0.3


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
    _require_count(values, count, bandwidth)
    return values, vectors


def _require_count(values: Tensor, count: int, bandwidth: float) -> None:
    """Refuse a kernel with fewer eigenvalues than were asked for, by ``DataError``."""
    rank = len(values)
    if rank < count:
        raise DataError(
            f"diffusion.coordinates: {count} asked for, but the kernel has rank {rank} beside the "
            f"constant; at most {rank}, or a smaller bandwidth than {bandwidth:.3g}"
        )


def before_widest_gap(eigenvalues: Tensor) -> int:
    """Return how many of the leading coordinates lie before the widest gap of the spectrum.

    ``eigenvalues`` (k,) descending, without the constant's. The gap is the ratio of neighbouring
    decay rates −log λ behind the 10th to the 30th of those above round-off; where there are no
    more than 10 of these, all are kept.
    """
    rates = -torch.log(eigenvalues[eigenvalues > KERNEL_RANK])
    last = min(LAST_END, len(rates) - 1)
    if last < FIRST_END:
        return len(rates)
    ratios = rates[FIRST_END : last + 1] / rates[FIRST_END - 1 : last]
    return FIRST_END + int(ratios.argmax())


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
        # Where most coincide, the median is of those that do not.
        width = (distances.median() or distances[distances > 0].median()) / 3
        weights = torch.exp(-(distances / width).square()).fill_diagonal_(0)
        design = torch.cat([eigenvectors.new_ones(samples, 1), earlier], dim=1)
        # Products of regressors once for all samples make the normal equations matrix products.
        products = (design[:, :, None] * design[:, None, :]).reshape(samples, -1)
        normal = (weights @ products).reshape(samples, j + 1, j + 1)
        right = weights @ (design * target[:, None])
        # A sample without neighbours is predicted by zero.
        ridge = 1e-12 * normal.diagonal(dim1=1, dim2=2).sum(1)[:, None, None].clamp_min(1e-280)
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


def _candidates(coordinates: int | str, selection: str, samples: int) -> int:
    """Return the number of eigenvectors among which the coordinates are chosen."""
    if coordinates == "auto":
        return min(LAST_END + 1, samples - 2)
    return coordinates if selection == "leading" else min(5 * coordinates, samples - 2)


def embed(
    distances: Tensor,
    coordinates: int | str,
    bandwidth: str | float,
    neighbour: int,
    selection: str,
    solve: Callable[[Tensor, float, int], tuple[Tensor, Tensor]] = leading_eigenpairs,
) -> Embedding:
    """Return k diffusion coordinates of squared distances (N, N), by the settings of a config.

    The number ``coordinates`` may be ``auto``: k is then where ``before_widest_gap`` finds it.
    ``non-harmonic`` chooses among five times as many eigenvectors. ``solve`` finds the
    eigenpairs, so that another engine takes the place of ``leading_eigenpairs`` and nothing else.
    Raises ``DataError`` if the kernel falls into pieces, or has fewer eigenvectors, or new
    directions, than asked for.
    """
    epsilon, facts = choose_bandwidth(distances, bandwidth, neighbour)
    facts |= {"bandwidth": epsilon, "selection": selection}
    wanted = _candidates(coordinates, selection, len(distances))
    values, vectors = solve(distances, epsilon, wanted)
    require_whole(values, distances, facts)
    if coordinates == "auto":
        kept = torch.arange(before_widest_gap(values))
    else:
        _require_count(values, wanted, epsilon)
        leading = selection == "leading"
        kept = torch.arange(wanted) if leading else non_harmonic(vectors, coordinates)
    facts |= {"selected": (kept + 1).tolist()}
    return Embedding(values[kept], vectors[:, kept], facts)


def euclidean_coordinates(
    activations: Tensor, coordinates: int, bandwidth: str | float, neighbour: int, selection: str
) -> Tensor:
    """Return diffusion coordinates (N, ≤ k) under the Euclidean metric of activations (N, m).

    An ablation: the settings are those of ``embed`` and of another metric. A ``bandwidth`` that is
    a number, of squared input units, gives way to the rule ``knn``, and where the kernel has fewer
    eigenvectors, or fewer new directions, these are all; where it falls into pieces, coordinates
    are constant on them. Raises ``DataError`` if activations coincide, so that there is no
    bandwidth.
    """
    require_moderate(activations, "activations")
    distances = torch.cdist(
        activations, activations, compute_mode="donot_use_mm_for_euclid_dist"
    ).square()
    rule = bandwidth if isinstance(bandwidth, str) else "knn"
    epsilon, _ = choose_bandwidth(distances, rule, neighbour)
    count = _candidates(coordinates, selection, len(distances))
    vectors = leading_eigenpairs(distances, epsilon, count)[1]
    if selection == "leading":
        return vectors
    return vectors[:, new_directions(vectors, coordinates)]

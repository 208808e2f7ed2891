"""Which eigenvectors become coordinates: how many, and without functions of earlier ones."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.diffusion.kernel import KERNEL_RANK

# The rule ``auto`` keeps k coordinates with 10 ≤ k ≤ 30.
FIRST_END, LAST_END = 10, 30
# An eigenvector is a new direction if its residual r_j exceeds this (``regression_residuals``).
NEW_DIRECTION = 0.3


def before_widest_gap(eigenvalues: Tensor) -> int:
    """Return the number k of coordinates before the widest relative gap of the decay rates.

    ``eigenvalues`` μ (n,) are descending, without that of the constant; those below round-off are
    ignored. With the decay rates λ_k = −log μ_k, k is where the ratio λ_{k+1}/λ_k is largest,
    10 ≤ k ≤ 30. If there are no more than 10 eigenvalues above round-off, all are kept.
    """
    rates = -torch.log(eigenvalues[eigenvalues > KERNEL_RANK])
    last = min(LAST_END, len(rates) - 1)
    if last < FIRST_END:
        return len(rates)
    ratios = rates[FIRST_END : last + 1] / rates[FIRST_END - 1 : last]
    return FIRST_END + int(ratios.argmax())


def regression_residuals(eigenvectors: Tensor) -> Tensor:
    """Return the residual r_j in [0, 1] of each eigenvector (N, k) regressed on the earlier ones.

    Leave-one-out local linear regression of eigenvector j on eigenvectors 1 … j − 1. The width of
    the Gaussian kernel is a third of the median distance. r_j² is the sum of squared residuals,
    divided by that of the eigenvector; r_1 = 1. After Dsilva, Talmon, Coifman & Kevrekidis, ACHA 44
    (2018) 759.
    """
    samples, count = eigenvectors.shape
    residuals = eigenvectors.new_ones(count)
    for j in range(1, count):
        earlier, target = eigenvectors[:, :j], eigenvectors[:, j]
        distances = torch.cdist(earlier, earlier)
        # If most samples coincide, the median is taken over distances that are not 0.
        width = (distances.median() or distances[distances > 0].median()) / 3
        weights = torch.exp(-(distances / width).square()).fill_diagonal_(0)
        design = torch.cat([eigenvectors.new_ones(samples, 1), earlier], dim=1)
        # Products of regressors are the same for all samples: normal equations by matrix products.
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

    They have the largest residuals in ``regression_residuals``.
    """
    residuals = regression_residuals(eigenvectors)
    ranked = residuals.argsort(descending=True)[:count]
    return ranked[residuals[ranked] > NEW_DIRECTION].sort().values


def non_harmonic(eigenvectors: Tensor, count: int) -> Tensor:
    """Return the ``count`` ``new_directions``; raises ``DataError`` if there are fewer."""
    kept = new_directions(eigenvectors, count)
    available = len(kept)
    if available < count:
        raise DataError(
            f"diffusion.coordinates: {count} asked for with selection non-harmonic, but "
            f"{eigenvectors.shape[1]} eigenvectors hold {available} new directions; at most "
            f"{available}"
        )
    return kept

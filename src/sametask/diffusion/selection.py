"""Which eigenvectors become coordinates: how many, and without repetition."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.diffusion.kernel import KERNEL_RANK

# Where the rule ``auto`` looks for the end of the coordinates: behind the 10th to the 30th.
FIRST_END, LAST_END = 10, 30
# Local regression: an eigenvector that earlier ones leave this share of is a new direction.
NEW_DIRECTION = 0.3


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

"""Ridge regression whose penalty is chosen by generalised cross-validation."""

from __future__ import annotations

import torch
from torch import Tensor

# Penalties, relative to the largest variance of the source.
PENALTIES = torch.logspace(-8, 2, 21, dtype=torch.float64)
# Variances below this fraction of the largest one are round-off.
NEGLIGIBLE = 1e-12


def _directions(away: Tensor) -> tuple[Tensor, Tensor]:
    """Return variances (r,) of centred rows (n, m), and the unit scores (n, r) along each."""
    few = away if away.shape[1] < len(away) else away.mT
    values, vectors = torch.linalg.eigh(few.mT @ few)
    kept = values > NEGLIGIBLE * values[-1].clamp_min(1e-300)
    values, vectors = values[kept], vectors[:, kept]
    return values, vectors if few is not away else (away @ vectors) / values.sqrt()


def ridge(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return M (m, t) and b (t,) of the map x M + b from source (n, m) to target (n, t).

    It minimises Σ‖x M + b − y‖² + λ ‖M‖². With H the matrix that takes targets to their fit, λ
    minimises Σ‖y − H y‖² / (1 − tr H / n)² among ``PENALTIES`` times the largest variance: the
    error of left-out rows, with their mean leverage in place of each one's (Golub, Heath & Wahba,
    Technometrics 21 (1979) 215). A rotation of the source's neurons, or of the target's, changes
    nothing.
    """
    mean, centre = source.mean(dim=0), target.mean(dim=0)
    away, wanted, count = source - mean, target - centre, len(source)
    variances, scores = _directions(away)
    if not len(variances):
        return source.new_zeros(source.shape[1], target.shape[1]), centre
    along = scores.mT @ wanted
    energy = along.square().sum(dim=1)
    rest = (wanted.square().sum() - energy.sum()).clamp_min(0)
    penalties = PENALTIES.to(variances) * variances[-1]
    kept = variances / (variances + penalties[:, None])
    missed = rest + (1 - kept).square() @ energy
    # One row of freedom is spent on the mean.
    free = (1 - (kept.sum(dim=1) + 1) / count).clamp_min(1e-9)
    penalty = penalties[(missed / free.square()).argmin()]
    # M = X_cᵀ U (D + λ)⁻¹ Uᵀ Y_c, with the scores U and the variances D.
    matrix = away.mT @ (scores @ (along / (variances + penalty)[:, None]))
    return matrix, centre - mean @ matrix

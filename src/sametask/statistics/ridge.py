"""Ridge regression whose penalty predicts left-out samples best."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.statistics.folds import places, rows_together

# Penalties, relative to the largest variance of the source.
PENALTIES = torch.logspace(-8, 2, 11, dtype=torch.float64)
# Variances below this fraction of the largest one are round-off.
NEGLIGIBLE = 1e-12
# A row whose leverage is closer to 1 than this cannot be predicted by the others.
DECIDED = 1e-9


def _left_out(scores: Tensor, targets: Tensor, leverage: Tensor, together: list[Tensor]) -> float:
    """Return the squared error of all rows, each predicted without itself and rows of its sample.

    ``scores`` U f^½ (n, r) with the shrinkage f of every direction; ``targets`` (n, p) are centred.
    The residual of a row is that of the fit, divided by 1 − ``leverage`` (n,).
    """
    residuals = targets - scores @ (scores.mT @ targets)
    errors = residuals / (1 - leverage).clamp_min(DECIDED)[:, None]
    for rows in together:
        block = torch.eye(len(rows), dtype=scores.dtype) - scores[rows] @ scores[rows].mT
        errors[rows] = torch.linalg.lstsq(block - 1 / len(scores), residuals[rows]).solution
    return errors.square().sum().item()


def ridge(source: Tensor, target: Tensor, groups: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Return M (m, t) and b (t,) of the map x M + b from source (n, m) to target (n, t).

    It minimises Σ‖x M + b − y‖² + λ ‖M‖². λ minimises the error of left-out samples over all
    targets, among ``PENALTIES`` times the largest variance. Rows of equal ``groups`` (n,) are left
    out together. A rotation of the source's neurons, or of the target's, changes nothing.
    """
    mean, centre = source.mean(dim=0), target.mean(dim=0)
    away, wanted = source - mean, target - centre
    left, singular, right = torch.linalg.svd(away, full_matrices=False)
    kept = singular > NEGLIGIBLE**0.5 * singular[0].clamp_min(1e-300)
    left, singular, right = left[:, kept], singular[kept], right[kept]
    if not len(singular):
        return source.new_zeros(source.shape[1], target.shape[1]), centre
    # A rotation of the targets keeps all lengths and leaves no more columns than samples.
    few = torch.linalg.qr(wanted.mT, mode="r").R.mT if wanted.shape[1] > len(wanted) else wanted
    together = rows_together(places(len(source), groups)) if groups is not None else []
    variance = singular.square()
    errors = []
    for penalty in PENALTIES * variance[0]:
        scores = left * (variance / (variance + penalty)).sqrt()
        leverage = scores.square().sum(dim=1) + 1 / len(scores)
        errors.append(_left_out(scores, few, leverage, together))
    penalty = PENALTIES[errors.index(min(errors))] * variance[0]
    shrunk = (singular / (variance + penalty))[:, None] * (left.mT @ wanted)
    matrix = right.mT @ shrunk
    return matrix, centre - mean @ matrix

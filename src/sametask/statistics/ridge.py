"""Ridge regression whose penalty is chosen by generalised cross-validation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Penalties, relative to the largest variance of the source.
PENALTIES = torch.logspace(-8, 2, 21, dtype=torch.float64)
# Variances below this fraction of the largest one are round-off.
NEGLIGIBLE = 1e-12
# So are deviations below this fraction of the values: a centred constant is not exactly 0.
ROUND_OFF = 1e-14


def _directions(away: Tensor, round_off: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return variances (…, r) of centred rows (…, n, m), and the unit scores (…, n, r) along each.

    Third, which of the variances (…, r) are more than ``round_off`` (…). Scores along the others
    are 0.
    """
    few = away if away.shape[-1] < away.shape[-2] else away.mT
    variances, vectors = torch.linalg.eigh(few.mT @ few)
    kept = variances > torch.maximum(NEGLIGIBLE * variances[..., -1], round_off)[..., None]
    if few is away:
        vectors = away @ (vectors / variances.where(kept, 1.0).sqrt()[..., None, :])
    return variances, vectors * kept[..., None, :], kept


@dataclass(frozen=True)
class Ridge:
    """Rows of a source (…, n, m), prepared for regressions on them.

    Their ``mean`` (…, m), the rows without it (``away``), the ``variances`` (…, r) and ``scores``
    (…, n, r) along their principal directions, and which directions are more than round-off
    (``kept``). Leading axes are of sources that are prepared at once.
    """

    mean: Tensor
    away: Tensor
    variances: Tensor
    scores: Tensor
    kept: Tensor

    @classmethod
    def of(cls, source: Tensor) -> Ridge:
        """Prepare the rows of a source (…, n, m)."""
        mean = source.mean(dim=-2)
        away = source - mean[..., None, :]
        round_off = (ROUND_OFF * source.norm(dim=(-2, -1))).square()
        return cls(mean, away, *_directions(away, round_off))

    def fit(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return M (…, m, t), b (…, t) of the map x M + b from the source to a target (…, n, t).

        It minimises Σ‖x M + b − y‖² + λ ‖M‖². With H the matrix that takes targets to their fit, λ
        minimises Σ‖y − H y‖² / (1 − tr H / n)² among ``PENALTIES`` times the largest variance: the
        error of left-out rows, with their mean leverage in place of each one's (Golub, Heath &
        Wahba, Technometrics 21 (1979) 215). A rotation of the source's neurons, or of the target's,
        changes nothing.
        """
        centre = target.mean(dim=-2)
        wanted = target - centre[..., None, :]
        along = self.scores.mT @ wanted
        penalty = self._penalty(wanted, along)
        # M = X_cᵀ U (D + λ)⁻¹ Uᵀ Y_c, with the scores U and the variances D.
        penalised = self.variances.where(self.kept, 1.0) + penalty
        matrix = self.away.mT @ (self.scores @ (along / penalised[..., None]))
        return matrix, centre - (self.mean[..., None, :] @ matrix)[..., 0, :]

    def _penalty(self, wanted: Tensor, along: Tensor) -> Tensor:
        """Return λ (…, 1) for centred targets (…, n, t), ``along`` (…, r, t) the scores."""
        energy = along.square().sum(dim=-1)
        rest = (wanted.square().sum(dim=(-2, -1)) - energy.sum(dim=-1)).clamp_min(0)
        penalties = PENALTIES.to(along) * self.variances[..., -1:]
        # What is left of every direction (…, p, r). One row of freedom is spent on the mean.
        known = self.variances.where(self.kept, 1.0)[..., None, :]
        left = self.kept[..., None, :] * known / (known + penalties[..., None])
        missed = rest[..., None] + ((1 - left).square() @ energy[..., None])[..., 0]
        free = (1 - (left.sum(dim=-1) + 1) / wanted.shape[-2]).clamp_min(1e-9)
        return penalties.gather(-1, (missed / free.square()).argmin(dim=-1, keepdim=True))


def ridge(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the map from source (…, n, m) to target (…, n, t), see ``Ridge.fit``."""
    return Ridge.of(source).fit(target)

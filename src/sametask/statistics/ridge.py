"""Ridge regression whose penalty is chosen by generalised cross-validation."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.statistics.centred import Centred
from sametask.statistics.eigen import eigenpairs

# Penalties, relative to the largest variance of the source.
PENALTIES = torch.logspace(-8, 2, 21, dtype=torch.float64)
# Variances below this fraction of the largest one are round-off.
NEGLIGIBLE = 1e-12


def _directions(source: Centred) -> tuple[Tensor, Tensor, Tensor]:
    """Return variances (…, r) of rows (…, n, m), and weights (…, m, r) of the neurons along each.

    X W are unit scores. Third, which of the variances (…, r) are more than round-off. Weights along
    the others are 0.
    """
    variances, vectors = eigenpairs(source.products)
    least = torch.maximum(NEGLIGIBLE * variances[..., -1], source.round_off.square())
    kept = variances > least[..., None]
    known = variances.where(kept, 1.0)[..., None, :]
    weights = vectors / known.sqrt() if source.narrow else source.rows.mT @ (vectors / known)
    return variances, weights * kept[..., None, :], kept


@dataclass(frozen=True)
class Ridge:
    """Rows X (…, n, m) of a source, prepared for regressions on them.

    The ``variances`` (…, r) along their principal directions, the ``weights`` (…, m, r) of the
    neurons whose sums are unit scores along these, and which directions are more than round-off
    (``kept``). Leading axes are of sources that are prepared at once.
    """

    variances: Tensor
    weights: Tensor
    kept: Tensor

    @classmethod
    def of(cls, source: Centred) -> Ridge:
        """Prepare the rows of a source."""
        return cls(*_directions(source))

    def fit(self, target: Centred, cross: Tensor) -> Tensor:
        """Return M (…, m, t) of the map x M from centred rows X to centred rows Y (…, n, t).

        ``cross`` is Xᵀ Y (…, m, t). M minimises Σ‖x M − y‖² + λ ‖M‖². With H the matrix that takes
        targets to their fit, λ minimises Σ‖y − H y‖² / (1 − tr H / n)² among ``PENALTIES`` times
        the largest variance: the error of left-out rows, with their mean leverage in place of each
        one's (Golub, Heath & Wahba, Technometrics 21 (1979) 215). A rotation of the source's
        neurons, or of the target's, changes nothing.
        """
        along = self.weights.mT @ cross
        variances = self.variances.where(self.kept, 1.0)
        # M = W D (D + λ)⁻¹ (X W)ᵀ Y, with the weights W and the variances D.
        shrunk = variances / (variances + self._penalty(target.rows, along))
        return self.weights @ (shrunk[..., None] * along)

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
        best = (missed / free.square()).argmin(dim=-1, keepdim=True)
        return penalties.expand_as(missed).gather(-1, best)


def ridge(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return M (…, m, t), b (…, t) of the map x M + b from rows (…, n, m) to (…, n, t).

    See ``Ridge.fit``.
    """
    rows, wanted = Centred.of(source), Centred.of(target)
    matrix = Ridge.of(rows).fit(wanted, rows.cross(wanted))
    return matrix, rows.offset(matrix, wanted)

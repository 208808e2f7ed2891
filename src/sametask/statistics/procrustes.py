"""Orthogonal alignment of two networks' diffusion coordinates, and its residuals."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.statistics.centred import ROUND_OFF, Centred
from sametask.statistics.folds import places

# Singular values of a covariance below this fraction of the largest one are round-off.
NEGLIGIBLE = 1e-10


def procrustes(source: Tensor, target: Tensor) -> Tensor:
    """Return the orthogonal O (k, k) that minimises ‖source O − target‖ over paired rows (n, k).

    O = U Vᵀ from the singular value decomposition of sourceᵀ target (Schönemann 1966).
    """
    left, _, right = torch.linalg.svd(source.mT @ target)
    return left @ right


def rotate(source: Centred, target: Centred, cross: Tensor) -> Tensor:
    """Return s R (…, m, t), the closest rotation with a scale between centred rows X and Y.

    ``cross`` is Xᵀ Y (…, m, t). With its singular value decomposition U S Vᵀ, R = U Vᵀ is the
    closest semi-orthogonal matrix (m, t), and s = tr S / ‖X R‖² is the scale that fits best
    (Schönemann, Psychometrika 31 (1966) 1; Gower, Psychometrika 40 (1975) 33). If the source is
    wider, directions of the source are dropped; if the target is wider, directions of the target
    stay at their mean. Directions without covariance, in which R is arbitrary, are dropped as well.
    Leading axes are of maps that are fitted at once, each to its own rows.
    """
    if source.rows.shape[-2] < min(cross.shape[-2:]):
        # Few rows span few directions; the decomposition in these is the same, only faster.
        (across, start), (up, end) = source.spanned, target.spanned
        left, singular, right = torch.linalg.svd(start @ end.mT)
        left, right = across @ left, right @ up.mT
    else:
        left, singular, right = torch.linalg.svd(cross, full_matrices=False)
    norms = source.norm * target.norm
    least = torch.maximum(NEGLIGIBLE * singular[..., 0], ROUND_OFF * norms)
    kept = singular > least[..., None]
    # ‖X R‖² = Σ ‖X u‖² over the kept directions u of the source: those of the target are unit.
    spread = source.energy(left * kept[..., None, :])
    scale = torch.where(spread > 0, (singular * kept).sum(dim=-1) / spread, 0.0)
    return (left * (kept * scale[..., None])[..., None, :]) @ right


def scaled_rotation(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return M (…, m, t), b (…, t) of the map x M + b from rows (…, n, m) to (…, n, t).

    See ``rotate``.
    """
    rows, wanted = Centred.of(source), Centred.of(target)
    matrix = rotate(rows, wanted, rows.cross(wanted))
    return matrix, rows.offset(matrix, wanted)


def residual(source: Tensor, target: Tensor, rotation: Tensor) -> float:
    """Return the mean square of source O − target over samples and coordinates."""
    return (source @ rotation - target).square().mean().item()


def cross_validated_residual(
    source: Tensor, target: Tensor, folds: int = 5, groups: Tensor | None = None
) -> float:
    """Return the residual on pairs that the rotation was not fitted on.

    Sample i belongs to fold i mod ``folds``. The rotation is fitted to the other folds.
    ``groups`` (n,) are equal for rows of one sample; by default every row is a sample.
    """
    fold = places(len(source), groups).to(source.device) % folds
    errors = [
        (source[fold == left_out] @ procrustes(source[fold != left_out], target[fold != left_out]))
        - target[fold == left_out]
        for left_out in range(folds)
    ]
    return torch.cat(errors).square().mean().item()


@dataclass(frozen=True)
class Alignment:
    """The rotation (k, k) from a's coordinates to b's, and its residuals."""

    rotation: Tensor
    residual: float
    residual_held_out: float


def align(source: Tensor, target: Tensor, groups: Tensor | None = None) -> Alignment:
    """Align paired coordinates (n, k); residuals are on the fitted pairs and on held-out ones.

    ``groups`` (n,) are equal for rows of one sample, which are held out together.
    """
    rotation = procrustes(source, target)
    return Alignment(
        rotation,
        residual(source, target, rotation),
        cross_validated_residual(source, target, groups=groups),
    )

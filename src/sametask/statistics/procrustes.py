"""Orthogonal alignment of two networks' diffusion coordinates, and its residuals."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.statistics.folds import places


def procrustes(source: Tensor, target: Tensor) -> Tensor:
    """Return the orthogonal O (k, k) that minimises ‖source O − target‖ over paired rows (n, k).

    O = U Vᵀ from the singular value decomposition of sourceᵀ target (Schönemann 1966).
    """
    left, _, right = torch.linalg.svd(source.mT @ target)
    return left @ right


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

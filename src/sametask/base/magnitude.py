"""Refuse numbers whose squares overflow or vanish, and find those that vary by round-off alone."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError

# Squares of numbers between these, and sums of such squares, neither overflow nor vanish.
SMALLEST, LARGEST = 1e-100, 1e100
# Numbers whose range is so many units in the last place of the largest one do not vary.
ROUND_OFF = 8


def require_finite(values: Tensor, what: str) -> None:
    """Raise ``DataError`` for values (…) that are not finite, or whose squares are not."""
    size = values.abs().max().item() if values.numel() else 0.0
    # Every comparison with NaN is false.
    if not size <= LARGEST:
        raise DataError(f"{what} of size {size:.3g}: squares overflow; at most {LARGEST:g}")


def require_moderate(values: Tensor, what: str) -> None:
    """Raise ``DataError`` as ``require_finite`` does, and if the squares of all values vanish."""
    require_finite(values, what)
    size = values.abs().max().item() if values.numel() else 0.0
    if 0 < size < SMALLEST:
        raise DataError(f"{what} of size {size:.3g}: squares vanish; scale them up")


def varies(values: Tensor, dim: int) -> Tensor:
    """Return whether values vary along an axis, kept with length 1, by more than round-off."""
    size = values.abs().amax(dim=dim, keepdim=True)
    low, high = values.amin(dim=dim, keepdim=True), values.amax(dim=dim, keepdim=True)
    return high - low > ROUND_OFF * torch.finfo(values.dtype).eps * size

"""Numbers that can be squared; others are refused before they turn to NaN or to zero."""

from __future__ import annotations

from torch import Tensor

from sametask.base.errors import DataError

# Squares of what lies between, and sums of them, neither overflow nor vanish.
SMALLEST, LARGEST = 1e-100, 1e100


def require_finite(values: Tensor, what: str) -> None:
    """Refuse values (…) that are not finite, or whose squares are not: ``DataError``."""
    size = values.abs().max().item() if values.numel() else 0.0
    # NaN is in no order with anything.
    if not size <= LARGEST:
        raise DataError(f"{what} of size {size:.3g}: squares overflow; at most {LARGEST:g}")


def require_moderate(values: Tensor, what: str) -> None:
    """Refuse values (…) as ``require_finite`` does, and those whose squares all vanish."""
    require_finite(values, what)
    size = values.abs().max().item() if values.numel() else 0.0
    if 0 < size < SMALLEST:
        raise DataError(f"{what} of size {size:.3g}: squares vanish; scale them up")

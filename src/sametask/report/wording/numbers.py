"""Numbers, shares, intervals and enumerations as text."""

from __future__ import annotations

import math
from collections.abc import Sequence

# A smaller difference from 1, or from 0, is round-off.
R2_DIGITS = 1e-15


def number(value: float) -> str:
    """Return a number with three significant digits, scientific where it is small or large."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    if 1e-3 <= abs(value) < 999.5:
        return f"{value:#.3g}".rstrip(".")
    return f"{value:.2e}"


def r2_text(value: float) -> str:
    """Return an R² with three digits; near 1, as 1 minus the unexplained share."""
    missed = 1 - value
    if abs(missed) < R2_DIGITS:
        return "1"
    if abs(value) < R2_DIGITS:
        return "0"
    # With spaces at which no line breaks.
    if missed < 1e-3:
        return f"1\u00a0−\u00a0{number(missed)}"
    return (f"{value:.3f}" if value > -1000 else number(value)).replace("-", "−")


def share(value: float) -> str:
    """Return a share as per cent; only a share of exactly 1 is written as 100 %."""
    if value in (0, 1):
        return "100 %" if value else "0 %"
    return f"{min(100 * value, 99.9):.1f} %"


def listed(words: list[str]) -> str:
    """Return words as an enumeration."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def interval_text(interval: Sequence[float]) -> str:
    """Return an estimate with four digits, and the ends of its interval in brackets."""
    low, estimate, high = interval
    return f"{estimate:.4f} [{low:.4f}, {high:.4f}]"

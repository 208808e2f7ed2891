"""What ``auto`` stands for in the local geometry: inputs of few dimensions, and of many.

Samples of few dimensions are dense: neighbours are near, local lengths are exact, and the number of
directions is clear. Samples of many dimensions are far apart, and the spectrum of a local
covariance has no clear end. Its weak directions, inverted, then decide all distances. A ridge keeps
them from that, and all directions count. Chosen by ``benchmarks/geometry_auto.py``.
"""

from __future__ import annotations

# Inputs of so many axes at most have few dimensions.
FEW = 3
# The ridge for many dimensions, in units of ``metric.whitening``.
RIDGE = 0.03
# At most so many directions are kept with a ridge: their cost grows with the number of neurons.
DIRECTIONS = 64


def choose_ridge(asked: float | str, axes: int, matched: bool) -> float:
    """Return the ridge as asked for, or by ``auto`` for inputs of so many ``axes``.

    A match (``matched``) compares the number of directions of two networks and needs their lengths
    as they are, so that ``auto`` is 0.
    """
    if not isinstance(asked, str):
        return asked
    return 0.0 if axes <= FEW or matched else RIDGE


def most_directions(asked: int | str, ridge: float) -> int | str:
    """Return the rank as asked for; with a ridge, ``auto`` keeps up to 64 directions."""
    return DIRECTIONS if asked == "auto" and ridge > 0 else asked

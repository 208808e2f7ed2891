"""Boxes as input domains: placement of fit and test samples. An interval is a box of one axis."""

from __future__ import annotations

import numpy as np

from sametask.errors import ConfigError
from sametask.randomness import derived_seed, generator


def _grid(count: int, low: np.ndarray, high: np.ndarray, shift: float) -> np.ndarray:
    """Return low + i (high − low) / n on every axis, the half-open rule (3.1) of the thesis."""
    axes = len(low)
    side = round(count ** (1 / axes))
    if side**axes != count:
        raise ConfigError(
            f"samples: {count} equidistant samples do not fill a grid of {axes} axes; "
            f"the nearest that do: {side**axes}"
        )
    ticks = [a + np.arange(side) * (b - a) / side + shift for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(count, axes)


def place(
    count: int,
    low: np.ndarray,
    high: np.ndarray,
    placement: str,
    stream: str,
    seed: int,
    shift: float = 0.0,
) -> np.ndarray:
    """Place samples in a box: returns (count, axes) in input units.

    ``equidistant`` is a grid moved by ``shift``; ``random`` is uniform; ``sobol`` a scrambled
    low-discrepancy sequence (SciPy). ``stream`` keeps fit, test and training draws apart.
    """
    if placement == "equidistant":
        return _grid(count, low, high, shift)
    if placement == "random":
        unit = generator(seed, stream).random((count, len(low)))
    else:
        from scipy.stats import qmc  # takes longer to import than most jobs take to run

        sequence = qmc.Sobol(len(low), seed=derived_seed(seed, stream))
        unit = sequence.random_base2(int(np.ceil(np.log2(count))))[:count]
    return low + unit * (high - low)

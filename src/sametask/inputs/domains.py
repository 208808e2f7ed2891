"""Domains that samples are drawn from, products of intervals and circles, and their samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sametask.base.errors import ConfigError
from sametask.base.randomness import derived_seed, generator
from sametask.config.sections.input_sections import Circle, DomainSection, Product

# Samples are the same up to round-off if their distance is below this fraction of the domain.
ROUND_OFF = 1e-9
# Numbers of samples that fill a grid are searched up to so many times the required one.
SOUGHT = 10


@dataclass(frozen=True)
class Domain:
    """Axes from ``low`` (d) to ``high`` (d); if ``circles`` (d), both ends are the same place."""

    low: np.ndarray
    high: np.ndarray
    circles: np.ndarray

    @classmethod
    def of(cls, inputs: DomainSection) -> Domain:
        """Read the section ``inputs`` of an experiment: interval, box, circle, or product."""
        if isinstance(inputs, Product):
            axes = [cls.of(axis) for axis in inputs.axes]
            names = ("low", "high", "circles")
            return cls(*(np.concatenate([getattr(axis, name) for axis in axes]) for name in names))
        if isinstance(inputs, Circle):
            return cls(np.zeros(1), np.array([inputs.period]), np.array([True]))
        low, high = (np.atleast_1d(end).astype(float) for end in (inputs.low, inputs.high))
        return cls(low, high, np.zeros(len(low), dtype=bool))

    def unrolled(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, d) with cos (2π θ/T) and sin (2π θ/T) instead of each angle θ.

        An angle jumps where its circle closes; its cosine and sine do not. Columns keep their
        order: (n, d + number of circles).
        """
        columns = []
        for values, circle, period in zip(points.T, self.circles, self.high, strict=True):
            angle = 2 * np.pi * values / period if circle else values
            columns += [np.cos(angle), np.sin(angle)] if circle else [values]
        return np.stack(columns, axis=1)

    def meeting(self, points: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Return which of points (n, d) equal one of others (N, d) up to round-off: (n,)."""
        from scipy.spatial import KDTree  # takes longer to import than most jobs take to run

        unit = Domain(np.zeros(len(self.low)), np.ones(len(self.low)), self.circles)
        places, there = (
            unit.unrolled((array - self.low) / (self.high - self.low)) for array in (points, others)
        )
        return KDTree(there).query(places)[0] < ROUND_OFF

    def turned(self, points: np.ndarray) -> np.ndarray:
        """Return points (n, d) after a whole turn on every circle: the same places."""
        return points + np.where(self.circles, self.high - self.low, 0.0)


def _sides(count: int, extent: np.ndarray) -> np.ndarray:
    """Return how many ticks each axis gets, so that about ``count`` points lie evenly."""
    spacing = (extent.prod() / count) ** (1 / len(extent))
    return np.maximum(1, np.round(extent / spacing)).astype(int)


def _grid(count: int, low: np.ndarray, high: np.ndarray, shift: float) -> np.ndarray:
    """Return low + i (high − low) / n on every axis, the half-open rule (3.1) of the thesis.

    The spacing is about the same on all axes, so that no direction is preferred.
    """
    sides = _sides(count, high - low)
    if sides.prod() != count:
        around = (n for step in range(1, SOUGHT * count) for n in (count + step, count - step))
        fitting = (n for n in around if n > 0 and _sides(n, high - low).prod() == n)
        nearest = next(fitting, None)
        advice = f"the nearest that do: {nearest}" if nearest else "valid: random, sobol"
        raise ConfigError(
            f"samples: {count} equidistant samples do not fill a grid of {len(low)} axes; {advice}"
        )
    ticks = [
        a + np.arange(side) * (b - a) / side + shift
        for a, b, side in zip(low, high, sides, strict=True)
    ]
    return np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1).reshape(count, len(low))


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

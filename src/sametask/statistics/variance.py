"""Variance explained on held-out samples, with a bootstrap interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.statistics.sizes import TEST_SAMPLES


@dataclass(frozen=True)
class Interval:
    """An estimate, the ends of its bootstrap interval, and its resampled values (s,)."""

    low: float
    estimate: float
    high: float
    resampled: Tensor


def plain_intervals(intervals: Mapping[str, Interval | None]) -> dict[str, list[float]]:
    """Return ``{direction: [low, estimate, high]}`` of the intervals that exist."""
    return {
        direction: [interval.low, interval.estimate, interval.high]
        for direction, interval in intervals.items()
        if interval is not None
    }


def is_constant(layer: Tensor) -> bool:
    """Return whether activations (n, m) vary by no more than round-off: there is no variance."""
    spread = (layer - layer.mean(dim=0)).abs().max()
    return bool(spread <= 1e-12 * layer.abs().max().clamp_min(1e-300))


def explained(
    predicted: Tensor, actual: Tensor, draws: Tensor, confidence: float
) -> Interval | None:
    """Return R² = 1 − Σ‖predicted − actual‖² / Σ‖actual − mean‖² with its bootstrap interval.

    Rows (n R, m) are of n held-out samples, R successive rows of each. ``draws`` (s, n) is how
    often each sample occurs in a resample, with all its rows. The interval has the percentiles
    (1 ∓ ``confidence``) / 2 (Efron 1979). Returns ``None`` if the actual layer is constant.
    Raises ``DataError`` if there are too few samples for an interval.
    """
    samples = draws.shape[1]
    rows = len(actual) // samples
    if samples < TEST_SAMPLES:
        raise DataError(
            f"{samples} test samples are too few for an interval; at least {TEST_SAMPLES}"
        )
    if is_constant(actual):
        return None
    centred = actual - actual.mean(dim=0)
    missed, energy = (
        difference.square().sum(dim=1).reshape(samples, rows).sum(dim=1)
        for difference in (predicted - actual, centred)
    )
    sums = centred.reshape(samples, rows, -1).sum(dim=1)
    estimate = 1 - (missed.sum() / energy.sum()).item()
    counts = draws.to(actual)
    # Σ c ‖y − ȳ_c‖² = Σ c ‖y‖² − ‖Σ c y‖² / n for the mean ȳ_c of the resample itself.
    spread = counts @ energy - (counts @ sums).square().sum(dim=1) / len(actual)
    resampled = 1 - (counts @ missed) / spread.clamp_min(1e-300)
    tail = (1 - confidence) / 2
    ends = torch.quantile(resampled, resampled.new_tensor([tail, 1 - tail])).tolist()
    return Interval(ends[0], estimate, ends[1], resampled)


def resamples(count: int, samples: int, seed: int) -> Tensor:
    """Return how often each of n samples occurs in each of s bootstrap resamples: (s, n)."""
    draw = generator(seed, "bootstrap")
    return torch.from_numpy(draw.multinomial(samples, np.full(samples, 1 / samples), size=count))


def spread(values: Tensor) -> Tensor:
    """Return Σ‖v − mean‖² of the rows of values (n, m), the energy about their mean."""
    return (values - values.mean(dim=0)).square().sum()


def relative_error(predicted: Tensor, actual: Tensor) -> float | None:
    """Return Σ‖predicted − actual‖² / Σ‖actual − mean‖²; ``None`` where actual is constant."""
    energy = spread(actual).item()
    return (predicted - actual).square().sum().item() / energy if energy > 0 else None

"""How well something is told from weights, with intervals by bootstrap over networks.

Checkpoints of one network are alike: a resample draws networks, each with all its checkpoints.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import isnan

import numpy as np
from scipy.stats import kendalltau

from sametask.base.randomness import generator

RESAMPLES, CONFIDENCE = 1000, 0.95
# A spread that is a smaller part than this of the sum of squares is round-off.
ROUND_OFF = 1e-12


@dataclass(frozen=True)
class Score:
    """An estimate between the ends of its interval."""

    low: float
    estimate: float
    high: float

    def plain(self) -> dict[str, float]:
        """Return it as JSON values."""
        return asdict(self)


def resamples(networks: int, seed: int) -> np.ndarray:
    """Return how often each of n networks occurs in each resample: (s, n)."""
    even = np.full(networks, 1 / networks)
    return generator(seed, "bootstrap over networks").multinomial(networks, even, size=RESAMPLES)


def interval(estimate: float | np.ndarray, resampled: np.ndarray) -> Score:
    """Return an estimate with the percentiles of its resampled values (Efron 1979)."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Score(float(low), float(estimate), float(high))


def _spread(sums: np.ndarray) -> np.ndarray:
    """Return Σ(y − ȳ)² from (Σ1, Σy, Σy²) (…, 3); 0 if it is no more than round-off."""
    count, total, squares = np.moveaxis(sums, -1, 0)
    spread = squares - total**2 / np.maximum(count, 1)
    return np.where(spread > ROUND_OFF * squares, spread, 0.0)


def _explained(missed: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return R² = 1 − Σ(y − ŷ)² / Σ(y − ȳ)²; 0 where all y are equal: nothing is to explain."""
    vary = spread > 0
    return np.where(vary, 1 - missed / np.where(vary, spread, 1.0), 0.0)


def _sums(wanted: np.ndarray, counted: np.ndarray, axis: int) -> np.ndarray:
    """Return Σ1, Σy and Σy² along an axis, of what is counted: (…, 3)."""
    values = np.where(counted, wanted, 0)
    return np.stack([part.sum(axis=axis) for part in (counted, values, values**2)], axis=-1)


def explained(predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray, seed: int) -> Score:
    """Return R² of all counted checkpoints together, for arrays (n, E), with its interval."""
    missed = np.where(counted, predicted - wanted, 0.0) ** 2
    missed, sums = missed.sum(axis=1), _sums(wanted, counted, axis=1)
    draws = resamples(len(wanted), seed)
    whole = _explained(missed.sum(), _spread(sums.sum(axis=0)))
    return interval(whole, _explained(draws @ missed, _spread(draws @ sums)))


def squared_error(
    predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray, seed: int
) -> Score:
    """Return the mean of (y − ŷ)² over all counted checkpoints, for arrays (n, E)."""
    missed = (np.where(counted, predicted - wanted, 0.0) ** 2).sum(axis=1)
    counts, draws = counted.sum(axis=1), resamples(len(wanted), seed)
    return interval(missed.sum() / counts.sum(), (draws @ missed) / np.maximum(draws @ counts, 1))


def explained_within(
    predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray, seed: int
) -> Score:
    """Return R² about the mean of each checkpoint: 1 − Σₑ Σ(y − ŷ)² / Σₑ Σ(y − ȳₑ)².

    What all networks have in common at an epoch, such as a mean that rises, counts for nothing.
    """
    missed = np.where(counted, predicted - wanted, 0.0) ** 2
    values = np.where(counted, wanted, 0.0)
    each = np.stack([counted, values, values**2], axis=-1).astype(float)
    draws = resamples(len(wanted), seed)

    def of(weight: np.ndarray) -> np.ndarray:
        spread = _spread(np.tensordot(weight, each, axes=(-1, 0)))
        return _explained((weight @ missed).sum(axis=-1), spread.sum(axis=-1))

    return interval(float(of(np.ones(len(wanted)))), of(draws))


def explained_more(
    predicted: np.ndarray, other: np.ndarray, wanted: np.ndarray, counted: np.ndarray, seed: int
) -> Score:
    """Return by how much R² of one prediction is larger than that of another, both (n, E).

    Both are judged on the same networks in every resample.
    """
    sums, draws = _sums(wanted, counted, axis=1), resamples(len(wanted), seed)
    missed = [
        (np.where(counted, some - wanted, 0.0) ** 2).sum(axis=1) for some in (predicted, other)
    ]

    def of(weight: np.ndarray) -> np.ndarray:
        first, second = (_explained(weight @ each, _spread(weight @ sums)) for each in missed)
        return first - second

    return interval(of(np.ones(len(wanted))), of(draws))


def as_entries(
    predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vectors (n, E, P) as so many numbers (n, E P), each counted as its checkpoint is.

    What takes numbers then takes all entries of all vectors together.
    """
    rows = len(wanted)
    repeated = np.broadcast_to(counted[..., None], wanted.shape)
    return predicted.reshape(rows, -1), wanted.reshape(rows, -1), repeated.reshape(rows, -1)


def explained_on_average(
    predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray, seed: int
) -> Score:
    """Return the mean over P dimensions of R² of each, for vectors (n, E, P)."""
    there = counted[..., None]
    missed = (np.where(there, predicted - wanted, 0.0) ** 2).sum(axis=1)
    sums = _sums(wanted, np.broadcast_to(there, wanted.shape), axis=1)
    draws = resamples(len(wanted), seed)

    def of(weight: np.ndarray) -> np.ndarray:
        spread = _spread(np.tensordot(weight, sums, axes=(-1, 0)))
        return _explained(weight @ missed, spread).mean(axis=-1)

    return interval(of(np.ones(len(wanted))), of(draws))


def ratio(values: np.ndarray, others: np.ndarray, counted: np.ndarray, seed: int) -> Score:
    """Return the mean of counted values (n, E) as a share of the mean of others (n, E)."""
    sums = [np.where(counted, some, 0.0).sum(axis=1) for some in (values, others)]
    draws = resamples(len(values), seed)
    return interval(sums[0].sum() / sums[1].sum(), (draws @ sums[0]) / (draws @ sums[1]))


def explained_by_checkpoint(
    predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray
) -> np.ndarray:
    """Return R² (E,) of each checkpoint by itself: of numbers (n, E), or of vectors (n, E, P)."""
    if wanted.ndim == 3:
        ordered = (values.transpose(0, 2, 1) for values in (predicted, wanted))
        predicted, wanted = (values.reshape(-1, values.shape[2]) for values in ordered)
        counted = counted.repeat(len(wanted) // len(counted), axis=0)
    missed = (np.where(counted, predicted - wanted, 0.0) ** 2).sum(axis=0)
    return _explained(missed, _spread(_sums(wanted, counted, axis=0)))


def rank_correlation(predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray) -> float:
    """Return Kendall's τ of predicted and true values of all counted checkpoints.

    Where all values are equal, it is 0.
    """
    found = float(kendalltau(predicted[counted], wanted[counted]).statistic)
    return 0.0 if isnan(found) else found


def _macro_f1(confusion: np.ndarray) -> np.ndarray:
    """Return the mean F1 over classes of confusion counts (…, true, predicted)."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    both = confusion.sum(axis=-1) + confusion.sum(axis=-2)
    return (2 * right / np.maximum(both, 1)).mean(axis=-1)


def confusion(
    predicted: np.ndarray, wanted: np.ndarray, counted: np.ndarray, classes: int
) -> np.ndarray:
    """Return counts (n, true, predicted) of each network, for classes (n, E)."""
    rows = np.nonzero(counted)[0]
    counts = np.zeros((len(wanted), classes, classes))
    np.add.at(counts, (rows, wanted[counted], predicted[counted]), 1)
    return counts


def macro_f1(counts: np.ndarray, seed: int) -> Score:
    """Return the mean F1 over classes of counts (n, true, predicted), with its interval."""
    draws = resamples(len(counts), seed)
    resampled = np.tensordot(draws, counts, axes=(1, 0))
    return interval(float(_macro_f1(counts.sum(axis=0))), _macro_f1(resampled))

"""What curves of quality over size say of all networks of an ensemble, with intervals.

Resamples draw splits, each with all its networks; where there is one split, they draw networks.
"""

from __future__ import annotations

import numpy as np

from sametask.neurons.shrinking.quality import Curve
from sametask.weights.scores import Score, interval, resamples


def _units(values: np.ndarray) -> np.ndarray:
    """Return means (u, …) of what is resampled, of values (S, N, …); diverged networks left out."""
    if len(values) > 1:
        return np.nanmean(values, axis=1)
    there = ~np.isnan(values[0].reshape(values.shape[1], -1)).any(axis=1)
    return values[0][there]


def _score(units: np.ndarray, seed: int) -> Score:
    """Return the mean of values (u,) with its interval."""
    return interval(units.mean(), resamples(len(units), seed) @ units / len(units))


def band(quality: np.ndarray, seed: int) -> np.ndarray:
    """Return low, mean, high and the standard deviation over networks (4, sizes).

    ``quality`` (S, N, sizes) is that of a curve.
    """
    scores = [_score(each, seed) for each in _units(quality).T]
    ends = np.array([[score.low, score.estimate, score.high] for score in scores]).T
    return np.vstack([ends, np.nanstd(quality, axis=(0, 1))])


def areas(curve: Curve, way: str) -> np.ndarray:
    """Return the mean quality (S, N) over the share of neurons that is left, by trapezoids.

    From the smallest to the largest of the sizes; NaN of networks that diverged.
    """
    share = curve.sizes / curve.sizes[-1]
    if len(share) == 1:
        return curve.quality[way][..., 0]
    return np.trapezoid(curve.quality[way], share, axis=-1) / (share[-1] - share[0])


def larger_area(one: Curve, way: str, other: Curve, others: str, seed: int) -> Score:
    """Return by how much the area of one curve is larger than that of another, with its interval.

    The networks of both may differ, as those of two schemes do; they are paired by split, and with
    one split by their number. Both need the same sizes.
    """
    return _score(_units(areas(one, way) - areas(other, others)), seed)


def larger_quality(one: Curve, other: Curve, way: str, seed: int) -> list[Score]:
    """Return for each size by how much one quality is larger than another of the same networks."""
    apart = one.quality[way] - other.quality[way]
    return [_score(each, seed) for each in _units(apart).T]

"""Is a circle of neurons more than what any series would give? Monte Carlo tests against red noise.

Windows of *any* stationary series have sines and cosines as principal components, so that neurons
which give windows back run round circles without any rhythm in the series; the period is then about
the length of the window. What tells a rhythm is how much of the windows turns: the *share* of their
variance that is one even rotation of the neurons, in the metric of answers.

The null is red noise x_t = φ x_{t−1} + ε with the correlation of neighbours that the series has,
and of its length: it has memory, and no rhythm. Of each surrogate the best rows that a linear
decoder of as many hidden units can have are taken, which are the principal components of its
windows. To randomise phases and keep the power of every frequency would be no null: a rhythm would
stay. Source: M. R. Allen and L. A. Smith, "Monte Carlo SSA" (1996).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.signal import lfilter

from sametask.base.errors import DataError
from sametask.base.progress import progress
from sametask.base.randomness import generator
from sametask.neurons.arrangement.circle import principal, turning
from sametask.neurons.data.rows import Rows

# Correlation of neighbours at most, so that red noise is stationary.
REDDEST = 0.999


def learned_series(rows: Rows) -> np.ndarray:
    """Return the part of a series that windows to learn from reach, or raise ``DataError``."""
    if rows.series is None:
        raise DataError("neurons.circle: the rows are no windows of a series; leave it out")
    return rows.series[: int((~rows.held_out[0]).sum()) + rows.wanted.shape[1] - 1]


def red_noise(series: np.ndarray, count: int, seed: int) -> Iterator[np.ndarray]:
    """Yield so many series of red noise with the length, and the memory, of a series (T,)."""
    centred = series - series.mean()
    near = (centred[1:] * centred[:-1]).sum() / (centred**2).sum()
    memory = float(np.clip(near, 0, REDDEST))
    for number in range(count):
        noise = generator(seed, "red noise", number).standard_normal(len(series))
        # So that the first number has the variance of all others.
        noise[0] /= np.sqrt(1 - memory**2)
        yield lfilter([1], [1, -memory], noise)


def window_covariance(series: np.ndarray, window: int) -> np.ndarray:
    """Return the covariance (K, K) of all windows of K numbers of a series."""
    return np.cov(np.lib.stride_tricks.sliding_window_view(series, window), rowvar=False)


def turning_share(series: np.ndarray, window: int, hidden: int) -> float:
    """Return the share of the variance of windows that the best linear decoder's rows turn.

    Its rows, in the metric of answers, are √λᵢ vᵢ of the first ``hidden`` principal components.
    """
    covariance = window_covariance(series, window)
    values, vectors = np.linalg.eigh(covariance)
    rows = (vectors * np.sqrt(values.clip(0)))[:, ::-1][:, :hidden]
    return turning(principal(rows))[0] / float(np.trace(covariance))


def surrogate_shares(rows: Rows, hidden: int, count: int, seed: int) -> np.ndarray:
    """Return the turning shares (count,) of red noise with the memory of the series of rows."""
    series, window = learned_series(rows), rows.wanted.shape[1]
    drawn = progress(red_noise(series, count, seed), "series of red noise")
    return np.array([turning_share(one, window, hidden) for one in drawn])


def exceeded(share: float, others: np.ndarray) -> float:
    """Return p: the share of surrogates with as large a turning share, the series counted too."""
    return float((1 + (others >= share).sum()) / (1 + len(others)))

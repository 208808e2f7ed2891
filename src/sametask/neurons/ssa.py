"""Singular spectrum analysis: a series as a sum of the principal terms of its windows.

X (h, K) has the windows of h numbers of a series (T,) as columns, K = T − h + 1. With the
eigenvalues λ₁ ≥ … ≥ λ_h of X Xᵀ and their eigenvectors uᵢ, X is the sum of uᵢ (uᵢᵀ X). The mean
over each anti-diagonal makes a series of each term; the sum of the first k is the reconstruction of
rank k. Source: N. Golyandina, V. Nekrutkin, A. Zhigljavsky, "Analysis of time series structure",
2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.linalg import eigh
from scipy.signal import fftconvolve

from sametask.base.errors import DataError
from sametask.neurons.data.rows import Rows

# In the mean of percentages, numbers below this share of the largest one have no place: near zero
# any error is many times the number itself.
SMALL = 0.05
# The names of the dimensions of the arrays of a sweep.
AXES = {
    "windows": ["window"],
    "ranks": ["rank"],
    "mse": ["window", "rank"],
    "mape": ["window", "rank"],
    "mse_of_all": ["window"],
    "eigenvalues": ["window", "term"],
    "reconstruction": ["time"],
}


@dataclass(frozen=True)
class Sweep:
    """Errors of reconstructions, by window (w) and rank (r); NaN where the rank is larger.

    ``mse`` and ``mape`` (w, r); ``mse_of_all`` (w,) with all terms of a window; ``eigenvalues``
    (w, largest window), NaN after those that there are; ``reconstruction`` (T,) that is drawn.
    """

    windows: np.ndarray
    ranks: np.ndarray
    mse: np.ndarray
    mape: np.ndarray
    mse_of_all: np.ndarray
    eigenvalues: np.ndarray
    reconstruction: np.ndarray


def reconstructions(series: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues (h,) of X Xᵀ, and the reconstructions (h, T) of rank 1 to h.

    The sums over the anti-diagonals of u vᵀ are the convolution of u and v, so that no matrix is
    made of any term. ``DataError`` if the series is shorter than the window.
    """
    if window > len(series):
        raise DataError(
            f"neurons.ssa.windows: a window of {window} is longer than the series of {len(series)}"
        )
    columns = sliding_window_view(series, len(series) - window + 1)
    values, vectors = eigh(columns @ columns.T)
    values, rows = np.maximum(values[::-1], 0), vectors.T[::-1]
    sums = fftconvolve(rows, rows @ columns, axes=1)
    place = np.arange(1, len(series) + 1)
    entries = np.minimum(np.minimum(place, place[::-1]), min(columns.shape))
    return values, np.cumsum(sums, axis=0) / entries


def mean_percentage(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the mean of 100 |found − truth| / |truth| of series (…, T).

    Places where ``truth`` (T,) is below 5 % of its largest absolute number are left out. NaN if the
    truth is zero everywhere.
    """
    size = np.abs(truth)
    if not size.any():
        return np.full(found.shape[:-1], np.nan)
    kept = size >= SMALL * size.max()
    return 100 * np.mean(np.abs(found - truth)[..., kept] / size[kept], axis=-1)


def sweep(rows: Rows, windows: Sequence[int], ranks: Sequence[int], terms: int) -> Sweep:
    """Return the errors of all ranks at all windows, against the series without noise.

    Where that is not known, they are against the series itself. ``terms`` of them, or as many as
    there are, make the reconstruction at the largest window. ``DataError`` for rows of no series.
    """
    if rows.series is None:
        raise DataError("neurons.ssa: these data are no series; leave the key out")
    truth = rows.series if rows.clean is None else rows.clean
    mse, mape = np.full((2, len(windows), len(ranks)), np.nan)
    eigenvalues = np.full((len(windows), max(windows)), np.nan)
    mse_of_all = np.empty(len(windows))
    for place, window in enumerate(windows):
        eigenvalues[place, :window], found = reconstructions(rows.series, window)
        mse_of_all[place] = np.mean((found[-1] - truth) ** 2)
        some = [rank - 1 for rank in ranks if rank <= window]
        mse[place, : len(some)] = np.mean((found[some] - truth) ** 2, axis=1)
        mape[place, : len(some)] = mean_percentage(found[some], truth)
    drawn = found[min(terms, window) - 1]
    asked = np.array(windows), np.array(ranks)
    return Sweep(*asked, mse, mape, mse_of_all, eigenvalues, drawn)


def noise_mse(rows: Rows) -> float | None:
    """Return the mean square of the noise of a series, if it is known without noise."""
    if rows.series is None or rows.clean is None:
        return None
    return float(np.mean((rows.series - rows.clean) ** 2))

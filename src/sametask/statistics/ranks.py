"""Rank correlation with an interval."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from sametask.base.randomness import generator

RESAMPLES = 999


def rank_correlation(first: np.ndarray, second: np.ndarray, seed: int) -> list[float]:
    """Return low, estimate, high of Spearman's correlation of paired numbers (n,) and (n,).

    It is Pearson's correlation of the ranks, equal numbers sharing theirs (Spearman 1904). The ends
    are those of the 95 % bootstrap interval over pairs. Where all numbers are equal, it is 0.
    """
    count = len(first)
    drawn = generator(seed, "resampled ranks").integers(count, size=(RESAMPLES, count))
    rows = np.concatenate([np.arange(count)[None], drawn])
    ranks = [rankdata(values[rows], axis=1) for values in (first, second)]
    x, y = (one - one.mean(axis=1, keepdims=True) for one in ranks)
    norms = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    found = (x * y).sum(axis=1) / np.where(norms > 0, norms, 1)
    low, high = np.quantile(found[1:], (0.025, 0.975))
    return [float(low), float(found[0]), float(high)]

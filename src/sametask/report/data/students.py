"""What is read off the scores of students over seeds."""

from __future__ import annotations

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


def mean_interval(scores: np.ndarray) -> tuple[float, float, float]:
    """Return the mean of scores (S,) and the ends of its interval, by Student's t."""
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, len(scores) - 1) * stats.sem(scores)
    mean = float(scores.mean())
    return mean, float(mean - reach), float(mean + reach)

"""How well a score separates two kinds of pairs: the area under its ROC curve."""

from __future__ import annotations

import numpy as np

from sametask.base.randomness import generator

RESAMPLES = 999


def area(same: np.ndarray, other: np.ndarray, seed: int) -> list[float]:
    """Return low, estimate, high of the area under the ROC curve of scores (n,) and (m,).

    The area is the probability that a pair of the first kind has a higher score than one of the
    second, ties counted half (Mann & Whitney 1947). The ends are those of the 95 % bootstrap
    interval, over resamples of both kinds of pairs.
    """
    wins = (same[:, None] > other) + 0.5 * (same[:, None] == other)
    draw = generator(seed, "resampled pairs")
    counts = [
        draw.multinomial(size, np.full(size, 1 / size), size=RESAMPLES) / size
        for size in wins.shape
    ]
    resampled = ((counts[0] @ wins) * counts[1]).sum(axis=1)
    low, high = np.quantile(resampled, (0.025, 0.975))
    return [float(low), float(wins.mean()), float(high)]

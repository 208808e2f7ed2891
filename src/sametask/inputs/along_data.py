"""Perturbations along the data: towards the nearest samples, and away from them.

White noise on inputs of many dimensions leaves the data almost surely: a network was never shown
such inputs, and how it responds to them says nothing about its task. Near a sample, the data extend
along the differences to its nearest samples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sametask.base.errors import DataError


def nearest_differences(
    inputs: np.ndarray, samples: Sequence[int], among: np.ndarray, neighbours: int
) -> np.ndarray:
    """Return x_j − x_i (n, k, d) to the k nearest samples x_j ≠ x_i, nearest first.

    ``inputs`` (n, …) are the samples x_i, with their numbers ``samples``; ``among`` (N, …) are the
    samples x_j. Lengths are Euclidean. Raises ``DataError`` if fewer than k samples differ from
    one.
    """
    flat, others = inputs.reshape(len(inputs), -1), among.reshape(len(among), -1)
    found = np.empty((len(flat), neighbours, flat.shape[1]))
    for place, sample in enumerate(flat):
        # One sample at a time: sums do not depend on how samples are divided among jobs.
        away = others - sample
        lengths = np.square(away, dtype=np.float64).sum(axis=1)
        differing = int((lengths > 0).sum())
        if differing < neighbours:
            raise DataError(
                f"perturbations.neighbours: {neighbours} asked for, but only {differing} fit "
                f"samples differ from sample {samples[place]}; at most {differing}"
            )
        order = np.argsort(np.where(lengths > 0, lengths, np.inf), kind="stable")
        found[place] = away[order[:neighbours]]
    return found


def move_along(inputs: np.ndarray, differences: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """Return x_im = x_i + (1 / s_i) Σ_j c_imj (x_j − x_i) for steps c (n, M, k): (n, M, …).

    s_i is the largest singular value of the differences (k, d) of sample i. With independent steps
    of standard deviation σ, perturbations have the standard deviation σ along the leading local
    direction of the data. Along other local directions it is less, in the proportion in which the
    data extend, and across them it is 0.
    """
    around = np.empty((*steps.shape[:2], *inputs.shape[1:]))
    for place, (sample, away) in enumerate(zip(inputs, differences, strict=True)):
        moved = steps[place] @ (away / np.linalg.norm(away, 2))
        around[place] = sample + moved.reshape(-1, *sample.shape)
    return around

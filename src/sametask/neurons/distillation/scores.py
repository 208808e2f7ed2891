"""How good predicted probabilities are, and whether one arm is better than another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats
from torch import Tensor

from sametask.neurons.distillation.rows import Answered

# Intervals of confidence of equal length, of the expected calibration error.
BINS = 10
CONFIDENCE = 0.95


def scored(logs: Tensor, wanted: Answered, answers: Answered) -> dict[str, np.ndarray]:
    """Return scores (n,) of logarithms of probabilities (n, b, k).

    ``nll`` is −ln p of the class, ``answers`` the same of the teacher's answers (their mean by its
    probabilities), ``accuracy``, and ``calibration`` the expected calibration error.
    """
    right = (logs.argmax(dim=-1) == wanted.shares.argmax(dim=-1)).double().numpy()
    found = {
        "nll": -(wanted.shares * logs).sum(dim=-1).mean(dim=-1),
        "answers": -(answers.shares * logs).sum(dim=-1).mean(dim=-1),
    }
    sure = logs.exp().amax(dim=-1).double().numpy()
    return {
        **{name: values.double().numpy() for name, values in found.items()},
        "accuracy": right.mean(axis=1),
        "calibration": np.array([calibration_error(*one) for one in zip(sure, right, strict=True)]),
    }


def calibration_error(sure: np.ndarray, right: np.ndarray) -> float:
    """Return Σ |Σ (right − sure)| / b over bins of how sure b answers are (Guo et al. 2017).

    ``sure`` (b,) are the largest probabilities, ``right`` (b,) is 1 where the class is right. NaN
    of networks that diverged.
    """
    if not np.isfinite(sure).all():
        return float("nan")
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, right - sure, BINS)).sum() / len(sure))


def holm(values: Sequence[float]) -> list[float]:
    """Return p-values that are adjusted for m tests: max over smaller ones of (m − i) p (Holm)."""
    order = np.argsort(values)
    factors = len(order) - np.arange(len(order))
    raised = np.minimum(np.maximum.accumulate(factors * np.asarray(values)[order]), 1.0)
    return raised[np.argsort(order)].tolist()


def compared(ours: np.ndarray, others: np.ndarray) -> dict[str, Any]:
    """Return the mean of ours − others over seeds, of scores (r, S), at each of r numbers of rows.

    With the interval of Student's t, and p-values of the paired t-test and of Wilcoxon's signed
    ranks, both two-sided, and both adjusted over the r tests (Holm 1979).
    """
    apart = ours - others
    seeds = apart.shape[1]
    error = stats.sem(apart, axis=1)
    reach = stats.t.ppf((1 + CONFIDENCE) / 2, seeds - 1) * error
    mean = apart.mean(axis=1)
    # Where all differences are equal, t is of no use: not 0 for certain, or nothing at all.
    t = [1.0 if not row.any() else float(stats.ttest_1samp(row, 0).pvalue) for row in apart]
    ranks = [1.0 if not row.any() else float(stats.wilcoxon(row).pvalue) for row in apart]
    return {
        "difference": mean.tolist(),
        "low": (mean - reach).tolist(),
        "high": (mean + reach).tolist(),
        "p_t": holm(t),
        "p_wilcoxon": holm(ranks),
    }

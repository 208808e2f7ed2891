"""What estimators say of the covariances of neurons, and how right they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.stats import spearmanr

from sametask.report.data.ensemble import Ensemble
from sametask.report.figures.ensemble.covariances import draw_agreement, draw_sizes, draw_truth
from sametask.report.pictures.picture import Picture
from sametask.report.wording.numbers import number

# What estimators have to reach where the truth is known.
ALLOWED, WANTED = 0.15, (0.93, 0.97)
ENDS = ("low", "estimate", "high")


def _truth(ensemble: Ensemble) -> list[Picture]:
    if ensemble.truth is None:
        return []
    found = ensemble.truth["estimators"]
    errors, coverage = (
        np.array([[found[name][kind][end] for name in found] for end in ENDS])
        for kind in ("errors", "coverage")
    )
    trained = np.array([found[name]["error"] for name in found])
    return [
        Picture(
            "truth",
            "How right estimates are where the truth is known",
            draw_truth(list(found), errors, trained, coverage, ALLOWED, WANTED),
            "Relative error and coverage of every estimator on linear data.",
            f"Linear regression with normal noise, {ensemble.truth['replications']} data sets "
            "drawn anew; bars are 95 % intervals. The shaded range is the target.",
        )
    ]


def _spread_sentence(sizes: Mapping[str, np.ndarray]) -> str:
    """Return which estimators find the smallest and the largest spread, beside the source."""
    middle = {name: float(np.median(each)) for name, each in sizes.items()}
    least, most = min(middle, key=middle.__getitem__), max(middle, key=middle.__getitem__)
    return (
        f"The median neuron has {number(middle[least])} by {least} and {number(middle[most])} by "
        f"{most}. The source, on real walking, found the bootstrap's spread smallest and the "
        "Hessian's largest."
    )


def covariance_pictures(ensemble: Ensemble) -> list[Picture]:
    """Return the truth where it is known, the sizes of ellipsoids, and whether estimates agree."""
    pictures = _truth(ensemble)
    sizes = {
        name: np.sqrt(np.trace(store["covariance"], axis1=1, axis2=2).clip(0))
        for name, store in ensemble.covariances.items()
    }
    if not sizes:
        return pictures
    pictures.append(
        Picture(
            "sizes",
            "How well neurons are known",
            draw_sizes(sizes),
            "Root of the trace of the covariance of every neuron, by estimator.",
            _spread_sentence(sizes),
        )
    )
    # A few neurons have no ranks to speak of.
    if len(sizes) > 1 and len(next(iter(sizes.values()))) > 2:
        pictures.append(
            Picture(
                "agreement",
                "Do estimators agree on which neurons are well known?",
                draw_agreement(list(sizes), _ranks(list(sizes.values()))),
                "Rank correlations of the sizes of neurons between estimators.",
                "1: the same order of neurons by the trace of their covariance.",
            )
        )
    return pictures


def _ranks(sizes: list[np.ndarray]) -> np.ndarray:
    """Return rank correlations (e, e); NaN where all sizes are equal."""
    found = np.eye(len(sizes))
    for row, one in enumerate(sizes):
        for column, other in enumerate(sizes):
            if np.ptp(one) > 0 and np.ptp(other) > 0:
                found[row, column] = spearmanr(one, other).statistic
            else:
                found[row, column] = np.nan
    return found

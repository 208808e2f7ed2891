"""How likely a match is right: calibrated on pairs whose relation is known, tested on others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import exp
from typing import Any

import numpy as np
from scipy.special import expit
from scipy.stats import binomtest
from sklearn.linear_model import LogisticRegression

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.base.relations import EQUIVALENT
from sametask.benchmark.matched_pairs import THRESHOLD
from sametask.config.sections.benchmark_section import SameTask
from sametask.matching.confidence import EVEN, HIGH, LOW, POWER, STRESS
from sametask.matching.match import RIGHT

Row = Mapping[str, Any]
# Lengths that are wrong by as much as they are say no more if they are wrong by ten times that.
UNRELATED_LENGTHS = 1.0
# Inverse of the penalty. Of 0.1, 0.3, 1, 3, 10 and 100 the one whose curve says best, without a
# match, whether that is right: by the logarithmic loss on the calibration half, each left out once.
STRENGTH = 3.0
# Bootstrap resamples that its interval is taken from, the seed, and the quantiles.
RESAMPLES, SEED, ENDS = 499, 0, (0.025, 0.975)
# Ends of the classes of confidence in which the share of right matches is counted.
CLASSES = (0.0, 0.1, 0.5, 0.9, 1.0)


def _log_odds(
    stress: Sequence[float] | np.ndarray, right: Sequence[bool] | np.ndarray
) -> tuple[float, float]:
    """Return c and q of the logarithm c − q log(stress) of the odds that a match is right.

    By logistic regression of right on the logarithm of the stress, with a penalty on q that keeps
    it finite where a threshold tells all right matches from all wrong ones.
    """
    logs = np.log(np.minimum(stress, UNRELATED_LENGTHS))[:, None]
    model = LogisticRegression(C=STRENGTH, solver="newton-cholesky").fit(logs, right)
    return float(model.intercept_[0]), float(-model.coef_[0, 0])


def fit_confidence(stress: Sequence[float], right: Sequence[bool]) -> dict[str, float]:
    """Return s (``even``) and q (``power``) of 1 / (1 + (stress / s)^q), see ``_log_odds``."""
    constant, power = _log_odds(stress, right)
    return {"even": exp(constant / power), "power": power}


def bootstrap(stress: Sequence[float], right: Sequence[bool]) -> dict[str, list[float]]:
    """Return the ends ``low`` and ``high`` of the confidence at the stresses ``STRESS``.

    Quantiles over curves that were fitted to resamples of the matches with replacement. Resamples
    in which all are right, or all wrong, have no curve and are drawn again.
    """
    draw = generator(SEED, "matches of the calibration")
    curves: list[np.ndarray] = []
    stresses, rights = np.asarray(stress), np.asarray(right)
    while len(curves) < RESAMPLES:
        rows = draw.integers(len(stresses), size=len(stresses))
        if 0 < rights[rows].sum() < len(rows):
            constant, power = _log_odds(stresses[rows], rights[rows])
            curves.append(expit(constant - power * np.log(STRESS)))
    low, high = np.quantile(curves, ENDS, axis=0)
    return {"stress": list(STRESS), "low": low.tolist(), "high": high.tolist()}


def _tried(rows: Sequence[Row]) -> list[Row]:
    """Return the pairs of equal ranks: others are never matched, and say nothing of stress."""
    return [row for row in rows if row["ranks"][0] == row["ranks"][1]]


def calibrate(rows: Sequence[Row]) -> dict[str, Any]:
    """Return what the confidence would be by these pairs, beside the stored constants.

    ``interval`` holds it at some stresses in 95 of 100 cases, ``stored_interval`` is what is used.
    ``gap``: the largest stress of a right match, and the smallest of a wrong one. Raises
    ``DataError`` if all matches are right, or all wrong.
    """
    tried = _tried(rows)
    stress = [UNRELATED_LENGTHS if row["stress"] is None else row["stress"] for row in tried]
    right = [row["right"] for row in tried]
    if len(set(right)) < 2:
        raise DataError("no right match beside a wrong one to calibrate on; raise `match_pairs`")
    pairs = list(zip(stress, right, strict=True))
    return {
        "fitted": fit_confidence(stress, right),
        "stored": {"even": EVEN, "power": POWER},
        "interval": bootstrap(stress, right),
        "stored_interval": {"stress": list(STRESS), "low": list(LOW), "high": list(HIGH)},
        "pairs": len(tried),
        "right": sum(right),
        "gap": {
            "right": max(one for one, good in pairs if good),
            "wrong": min(one for one, good in pairs if not good),
        },
    }


def share(rows: Sequence[Row], key: str, value: bool = True) -> dict[str, Any]:
    """Return how many rows have a value, with Wilson's interval; 0 to 1 of no rows."""
    count = sum(row[key] == value for row in rows)
    if not rows:
        return {"count": 0, "of": 0, "interval": [0.0, 1.0]}
    interval = binomtest(count, len(rows)).proportion_ci(method="wilson")
    ends = [float(interval.low), float(interval.high)]
    return {"count": count, "of": len(rows), "interval": ends}


def reliability(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return for classes of confidence its mean, and the share of matches that are right."""
    found = []
    for low, high in pairwise(CLASSES):
        # The last class has both its ends.
        own = [
            row
            for row in rows
            if low <= row["confidence"] and (row["confidence"] < high or high == CLASSES[-1])
        ]
        mean = float(np.mean([row["confidence"] for row in own])) if own else None
        found.append({"from": low, "to": high, "mean": mean, "right": share(own, "right")})
    return found


def summarise(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the figures of some pairs: what is found that is not there, and what is missed.

    ``recall`` by kind of layer and by number of local directions.
    """
    same = [row for row in rows if row["truth"] == EQUIVALENT]
    other = [row for row in rows if row["truth"] != EQUIVALENT]
    classes = {"all": same}
    for row in same:
        classes.setdefault(row["kind"], []).append(row)
    for row in sorted(_tried(same), key=lambda row: row["ranks"]):
        classes.setdefault(f"rank {row['ranks'][0]}", []).append(row)
    return {
        "not_found": share(other, "found", False),
        "not_found_equal_ranks": share(_tried(other), "found", False),
        "found_right": share([row for row in rows if row["found"]], "right"),
        "recall": {name: share(own, "found") for name, own in classes.items()},
        "reliability": reliability(_tried(rows)),
    }


def report(rows: Mapping[str, Sequence[Row]], settings: SameTask) -> dict[str, Any]:
    """Return the content of ``matching.json`` from the rows of both halves."""
    return {
        "settings": {"anchors": settings.match_anchors, "samples": settings.fit},
        "limits": {"confidence": THRESHOLD, "error": RIGHT},
        "calibration": calibrate(rows["calibration"]),
        "halves": {half: summarise(own) for half, own in rows.items()},
        "pairs": dict(rows),
    }

"""How statistics of weights go with a number, such as accuracy: correlations and regressions.

Among all checkpoints together, accuracy and most statistics grow as the training goes on.
Within checkpoints, this common growth counts for nothing: each checkpoint is centred, or ranked,
by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.progress import progress
from sametask.weights.questions import Networks, Question
from sametask.weights.scores import Score, explained, interval, resamples, squared_error
from sametask.weights.tabular import Table, least_squares


class Ranks:
    """Ranks of values (r, c) within each column, for rows that count more or less often."""

    def __init__(self, values: np.ndarray) -> None:
        self.order = values.argsort(axis=0)
        ordered = np.take_along_axis(values, self.order, axis=0)
        new = np.ones(values.shape, bool)
        new[1:] = ordered[1:] != ordered[:-1]
        places = np.arange(len(values))[:, None]
        first = np.maximum.accumulate(np.where(new, places, 0), axis=0)
        ends = np.roll(new, -1, axis=0)
        ends[-1] = True
        last = np.where(ends, places, len(values))
        last = np.minimum.accumulate(last[::-1], axis=0)[::-1] + 1
        back = self.order.argsort(axis=0)
        self.first, self.last = (np.take_along_axis(one, back, axis=0) for one in (first, last))

    def of(self, weight: np.ndarray) -> np.ndarray:
        """Return the ranks (r, c) if rows occur as often as ``weight`` (r, c) says.

        Equal values share the mean of their ranks.
        """
        before = np.zeros((len(weight) + 1, weight.shape[1]))
        np.cumsum(np.take_along_axis(weight, self.order, axis=0), axis=0, out=before[1:])
        ends = [np.take_along_axis(before, one, axis=0) for one in (self.first, self.last)]
        return (ends[0] + ends[1] + 1) / 2


def pearson(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> float:
    """Return Pearson's correlation of values (r, c) that occur as often as ``weight`` (r, c) says.

    Columns are centred one by one, and then pooled. Where all values are equal, it is 0.
    """
    count = np.maximum(weight.sum(axis=0), 1e-300)
    x, y = (one - (weight * one).sum(axis=0) / count for one in (first, second))
    products = [(weight * one).sum() for one in (x * y, x * x, y * y)]
    return float(products[0] / np.sqrt(max(products[1] * products[2], 1e-300)))


@dataclass(frozen=True)
class Correlations:
    """Pearson's and Spearman's correlation with a number."""

    pearson: Score
    spearman: Score

    def plain(self) -> dict[str, dict[str, float]]:
        """Return it as JSON values."""
        return {"pearson": self.pearson.plain(), "spearman": self.spearman.plain()}


def _correlated(
    statistics: Sequence[np.ndarray], wanted: np.ndarray, weights: Iterator[np.ndarray]
) -> list[Correlations]:
    """Return correlations of each of several values (r, c) with a number, column by column.

    The first of the ``weights`` (r, c) of the rows is that of the whole, all others of resamples.
    Spearman's is Pearson's correlation of ranks; what is resampled is ranked anew.
    """
    ranks, second = [Ranks(one) for one in statistics], Ranks(wanted)
    pairs = []
    for weight in weights:
        ranked = second.of(weight)
        pairs.append(
            [
                (pearson(one, wanted, weight), pearson(first.of(weight), ranked, weight))
                for one, first in zip(statistics, ranks, strict=True)
            ]
        )
    return [
        Correlations(*(interval(found[0], found[1:]) for found in each))
        for each in np.array(pairs).transpose(1, 2, 0)
    ]


def correlations(
    statistics: np.ndarray, wanted: np.ndarray, counted: np.ndarray, seed: int
) -> list[tuple[Correlations, Correlations]]:
    """Return correlations of each statistic of (n, E, q) with a number (n, E).

    The first are those among all checkpoints together, the second within them. Only checkpoints
    that are ``counted`` (n, E) take part.
    """
    taken = [np.where(counted, one, 0.0) for one in np.moveaxis(statistics, -1, 0)]
    number = np.where(counted, wanted, 0.0)
    draws = np.vstack([np.ones((1, len(wanted)), int), resamples(len(wanted), seed)])
    column = (-1, 1)
    together = _correlated(
        [one.reshape(column) for one in taken],
        number.reshape(column),
        ((draw[:, None] * counted).reshape(column) for draw in progress(draws, "resamples")),
    )
    within = _correlated(
        taken, number, (draw[:, None] * counted for draw in progress(draws, "resamples"))
    )
    return list(zip(together, within, strict=True))


@dataclass(frozen=True)
class Regression:
    """Least squares of a number on statistics, judged on other networks than it is fitted to."""

    r2: Score
    error: Score

    def plain(self) -> dict[str, dict[str, float]]:
        """Return it as JSON values."""
        return {"r2": self.r2.plain(), "mse": self.error.plain()}


def regression(
    statistics: np.ndarray, question: Question, networks: Networks, seed: int
) -> Regression:
    """Return how well statistics (n, E, q) tell a number by a linear regression on all of them.

    It is fitted to the counted checkpoints of the networks to learn from, and judged on those of
    the networks to test on.
    """
    learn, test = networks.learn, networks.test
    taken = question.counted[learn]
    wanted = question.values[learn][taken]
    predict = least_squares(Table(statistics[learn][taken].astype(float), wanted))
    rows = statistics[test].astype(float)
    predicted = predict(rows.reshape(-1, rows.shape[-1]))[:, 0].reshape(rows.shape[:2])
    judged = predicted, question.values[test], question.counted[test], seed
    return Regression(explained(*judged), squared_error(*judged))


def statistics_judged(
    statistics: np.ndarray,
    names: Sequence[str],
    question: Question,
    networks: Networks,
    seed: int,
) -> dict[str, dict[str, Any]]:
    """Return how each statistic of (n, E, q), by name, goes with a number, and how ``all`` do.

    Of each: ``together`` and ``within`` checkpoints its correlations on the networks to test on,
    and the ``regression`` on it alone; of all together only a regression.
    """
    test = networks.test
    wanted, counted = question.values[test], question.counted[test]
    found = correlations(statistics[test], wanted, counted, seed)
    rows = {}
    for place, (name, (together, within)) in enumerate(zip(names, found, strict=True)):
        alone = regression(statistics[..., [place]], question, networks, seed)
        rows[name] = {
            "together": together.plain(),
            "within": within.plain(),
            "regression": alone.plain(),
        }
    whole = regression(statistics, question, networks, seed)
    return rows | {"all": {"regression": whole.plain()}}

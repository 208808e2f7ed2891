"""The table of a property that is told from weights: every predictor, beside a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sametask.report.data.population import Studied, Told
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.numbers import number
from sametask.report.wording.population import (
    NONE,
    figure_text,
    predictor_words,
    reported_text,
    score_text,
)
from sametask.weights.scores import Score


@dataclass(frozen=True)
class Column:
    """What a column says of a predictor; and the ``value`` that is best if it is the largest."""

    heading: str
    text: Callable[[Told], str]
    value: Callable[[Told], float] = lambda told: np.nan


def _scored(heading: str, score: Callable[[Told], Score | None]) -> Column:
    def value(told: Told) -> float:
        found = score(told)
        return np.nan if found is None else found.estimate

    return Column(heading, lambda told: score_text(score(told)), value)


def _tau(told: Told) -> float:
    return told.facts["tau"]


def _parameters(told: Told) -> str:
    count = told.facts.get("parameters")
    return NONE if count is None else f"{count:,}"


def _seconds(told: Told) -> str:
    return number(told.facts["seconds"])


NUMBERS = (
    _scored("R², all epochs [95 % interval]", lambda told: told.score),
    _scored("R² within an epoch", lambda told: told.within),
    Column("Kendall’s τ", lambda told: figure_text(_tau(told)), _tau),
)
CLASSES = (
    _scored("F1, all epochs [95 % interval]", lambda told: told.score),
    _scored("F1, last epoch", lambda told: told.last),
)
OTHERS = (Column("parameters", _parameters), Column("time (s)", _seconds))


def _cells(one: Told, columns: Sequence[Column], compared: Sequence[Told]) -> list[Cell]:
    """Return a predictor's cells; the best of those that are ``compared`` is marked, if several."""
    cells = []
    for column in columns:
        values = [value for other in compared if np.isfinite(value := column.value(other))]
        best = len(values) > 1 and column.value(one) == max(values)
        cells.append(Cell(column.text(one), best))
    return cells


def _row(
    name: str,
    one: Told,
    compared: Sequence[Told] = (),
    source: Mapping[str, float] | None = None,
) -> Row:
    beside = Cell(reported_text((source or {}).get(one.predictor)))
    scores = _cells(one, CLASSES if one.classes else NUMBERS, compared)
    return Row(name, [*scores, beside, *_cells(one, OTHERS, ())])


def _only_source(source: Mapping[str, float], told: Sequence[Told], scores: int) -> list[Row]:
    """Return a row for each figure of the source that no predictor here stands beside."""
    here = {one.predictor for one in told}
    before, behind = [Cell(NONE)] * scores, [Cell(NONE)] * len(OTHERS)
    return [
        Row(predictor_words(name), [*before, Cell(reported_text(figure)), *behind])
        for name, figure in source.items()
        if name not in here
    ]


def told_table(studied: Studied, name: str) -> Table:
    """Return the table of a property: predictors, the guard against leakage, the source's rest."""
    told = studied.predictors(name)
    source = studied.source.told.get(name, {}) if studied.source else {}
    measure, scores = ("F1", CLASSES) if told[0].classes else ("R²", NUMBERS)
    groups = [
        Group("", [_row(predictor_words(one.predictor), one, told, source) for one in told]),
        Group(
            "With shuffled answers: nothing is to be learned",
            [_row(predictor_words(one.predictor), one) for one in studied.guards(name)],
        ),
        Group("The source, by what is not made here", _only_source(source, told, len(scores))),
    ]
    return Table(
        "predictor",
        [
            *(column.heading for column in scores),
            f"the source’s {measure}",
            *(column.heading for column in OTHERS),
        ],
        [group for group in groups if group.rows],
        f"★ and bold: the best of its column. {measure} is of held-out networks, none of which was "
        "learned from or chosen by; intervals by bootstrap over networks. Time: of the training, "
        f"on one core. {NONE}: not known, or does not apply.",
    )

"""The table of a property that is told from weights: every predictor, beside a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sametask.report.data.population import Studied, Told
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.numbers import number
from sametask.report.wording.population import (
    NONE,
    figure_text,
    heading,
    predictor_words,
    reported_text,
    score_text,
)
from sametask.weights.scores import Score


@dataclass(frozen=True)
class Group:
    """Rows of a table that belong together, below their title if they have one."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Table:
    """A table: what its rows are, the headings of its columns, groups of rows, and a note."""

    rows: str
    headings: list[str]
    groups: list[Group]
    note: str


# A column of a table: what it has of a predictor, and whether it is text of a score.
Column = Callable[[Told], str]


def _attribute(name: str) -> Callable[[Told], Score | None]:
    def of(told: Told) -> Score | None:
        found = told.facts.get(name)
        return Score(**found) if found else None

    return of


def _tau(told: Told) -> Score | None:
    value = told.facts.get("tau")
    return None if value is None else Score(value, value, value)


def _number(name: str) -> Column:
    def of(told: Told) -> str:
        value = told.facts.get(name)
        if value is None:
            return NONE
        return f"{value:,}" if isinstance(value, int) else number(value)

    return of


# Scores by their heading; and the rest, of which none is the best.
NUMBERS = {
    "R², all epochs [95 % interval]": _attribute("r2"),
    "R² within an epoch": _attribute("r2_within"),
    "Kendall’s τ": _tau,
}
CLASSES = {
    "F1, all epochs [95 % interval]": _attribute("f1"),
    "F1, last epoch": _attribute("f1_last"),
}
OTHERS = {"parameters": _number("parameters"), "time (s)": _number("seconds")}


def _shown(name: str, score: Score | None) -> str:
    if name == "Kendall’s τ":
        return figure_text(score.estimate if score else None)
    return score_text(score)


def _best(told: Sequence[Told], of: Callable[[Told], Score | None]) -> float:
    """Return the largest estimate; NaN, which nothing equals, if there are less than two."""
    known = [score.estimate for one in told if (score := of(one)) and np.isfinite(score.estimate)]
    return max(known) if len(known) > 1 else np.nan


def _row(name: str, one: Told, compared: Sequence[Told], source: Mapping[str, float]) -> Row:
    """Return the row of a predictor; the best of those that are ``compared`` are marked."""
    cells = []
    for title, of in (CLASSES if one.classes else NUMBERS).items():
        score = of(one)
        cells.append(
            Cell(_shown(title, score), bool(score and score.estimate == _best(compared, of)))
        )
    cells.append(Cell(reported_text(source.get(one.predictor))))
    return Row(name, cells + [Cell(of(one)) for of in OTHERS.values()])


def _only_source(source: Mapping[str, float], told: Sequence[Told], columns: int) -> list[Row]:
    """Return a row for each figure of the source that no predictor here stands beside."""
    here = {one.predictor for one in told}
    return [
        Row(
            predictor_words(name),
            [Cell(NONE)] * columns + [Cell(reported_text(figure))] + [Cell(NONE)] * len(OTHERS),
        )
        for name, figure in source.items()
        if name not in here
    ]


def told_table(studied: Studied, name: str) -> Table:
    """Return the table of a property: predictors, the guard against leakage, the source's rest."""
    told, guards = studied.predictors(name), studied.guards(name)
    source = studied.source.told.get(name, {}) if studied.source else {}
    scores = CLASSES if told[0].classes else NUMBERS
    shuffled = [_row(f"shuffled: {predictor_words(one.predictor)}", one, [], {}) for one in guards]
    groups = [
        Group("", [_row(predictor_words(one.predictor), one, told, source) for one in told]),
        Group("Answers shuffled: nothing can be learned, 0 is right", shuffled),
        Group("The source, by what is not made here", _only_source(source, told, len(scores))),
    ]
    measure = "F1" if told[0].classes else "R²"
    return Table(
        "predictor",
        [*scores, f"the source’s {measure}", *OTHERS],
        [group for group in groups if group.rows],
        f"★ and bold: the best of its column. {heading(measure)} of held-out networks, none of "
        "which was learned from or chosen by; intervals by bootstrap over networks. Time: of one "
        f"core, for the training. {NONE}: not known, or does not apply.",
    )

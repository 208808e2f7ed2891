"""The table of statistics of weights beside accuracy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.report.data.population import Studied
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.population import (
    NONE,
    STATISTICS,
    reported_text,
    score_text,
)
from sametask.weights.scores import Score

# What of a statistic: its keys in ``correlations.json``, heading, and the source's place of it.
COLUMNS = (
    ("together", "pearson", "Pearson’s r", 0),
    ("together", "spearman", "Spearman’s ρ", 1),
    ("within", "pearson", "r within an epoch", None),
    ("regression", "r2", "R², least squares", 2),
)
ALL = "all of these"


def _row(name: str, found: Mapping[str, Any], source: Mapping[str, tuple] | None) -> Row:
    """Return the row of a statistic; a figure of the source stands behind each that it has."""
    cells = []
    for kind, key, _, place in COLUMNS:
        score = found.get(kind, {}).get(key)
        cells.append(Cell(score_text(Score(**score)) if score else NONE))
        if source is not None and place is not None:
            values = source.get(name, ())
            cells.append(Cell(reported_text(values[place] if values else None)))
    return Row({"all": ALL}.get(name, STATISTICS.get(name, name)), cells)


def correlation_tables(studied: Studied) -> list[Table]:
    """Return the table of how each statistic goes with accuracy, if that was measured."""
    if studied.correlations is None:
        return []
    source = studied.source.correlations if studied.source else None
    headings = []
    for _, _, heading, place in COLUMNS:
        headings.append(heading)
        if source and place is not None:
            headings.append("source")
    rows = [_row(name, found, source or None) for name, found in studied.correlations.items()]
    return [
        Table(
            "statistic of all weights",
            headings,
            [Group("", rows)],
            "Correlations with accuracy over checkpoints of held-out networks, with 95 % intervals "
            "by bootstrap over networks. Within an epoch: each epoch is centred by itself, so that "
            "what grows for all networks counts for nothing. Least squares are fitted on the other "
            "networks.",
        )
    ]

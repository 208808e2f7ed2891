"""How good small students are, by prior and number of rows, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from sametask.report.data.students import mean_interval
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.distillation import ARMS
from sametask.report.wording.numbers import number

# Scores with their heading, and what picks the best of them.
SCORES: dict[str, tuple[str, Callable[..., Any]]] = {
    "nll": ("−ln p (nats)", np.min),
    "accuracy": ("accuracy", np.max),
    "calibration": ("calibration error (ECE)", np.min),
}


def _cells(arm: Mapping[str, Any], place: int, best: Mapping[str, float]) -> list[Cell]:
    cells = []
    for name in SCORES:
        mean, low, high = mean_interval(np.array(arm[name][place]))
        if name != "nll":
            # Student's t knows no bounds, but these scores are between 0 and 1.
            low, high = max(low, 0.0), min(high, 1.0)
        text = f"{mean:.3f} [{low:.3f},\u00a0{high:.3f}]".replace("-", "−")
        cells.append(Cell(text, mean == best.get(name)))
    return cells


def _group(found: Mapping[str, Any], place: int, count: int) -> Group:
    """Return the rows of all arms at one number of rows; the best of each score is marked."""
    arms = found["arms"]
    best = {
        name: pick([np.mean(arm[name][place]) for arm in arms.values()])
        for name, (_, pick) in SCORES.items()
    }
    rows = [Row(ARMS[name], _cells(arm, place, best)) for name, arm in arms.items()]
    return Group(f"{count} rows to learn from", rows)


def compared_table(found: Mapping[str, Any]) -> Table:
    """Return the paired differences of −ln p, with their p-values, by number of rows."""
    groups = [
        Group(f"{ARMS[one['arm']]} less {ARMS[one['against']]}", _paired(found["rows"], one))
        for one in found["compared"]
    ]
    return Table(
        "rows to learn from",
        ["difference of −ln p (nats)", "p (t)", "p (Wilcoxon)"],
        groups,
        "Paired by seed, with 95 % intervals of Student’s t; below 0, the transformed prior is "
        "better. p-values are two-sided and adjusted over the numbers of rows (Holm).",
    )


def _paired(rows: Sequence[int], one: Mapping[str, Any]) -> list[Row]:
    keys = ("difference", "low", "high", "p_t", "p_wilcoxon")
    found = zip(rows, *(one[key] for key in keys), strict=True)
    return [
        Row(
            str(count),
            [
                Cell(f"{mean:.3f} [{low:.3f},\u00a0{high:.3f}]".replace("-", "−")),
                Cell(number(by_t)),
                Cell(number(by_ranks)),
            ],
        )
        for count, mean, low, high, by_t, by_ranks in found
    ]


def distillation_table(found: Mapping[str, Any]) -> Table:
    """Return the scores of all arms by number of rows, and those of the teacher."""
    teacher = {name: [found["teacher"][name]] for name in SCORES}
    groups = [_group(found, place, count) for place, count in enumerate(found["rows"])]
    groups.append(
        Group("The teacher, which has all rows", [Row("teacher", _cells(teacher, 0, {}))])
    )
    return Table(
        "prior of the student",
        [heading for heading, _ in SCORES.values()],
        groups,
        f"On held-out rows; means over {len(found['teacher']['nll'])} seeds, each with rows, a "
        "teacher and students of its own, with 95 % intervals of Student’s t. What the arms "
        "choose (scale and temperature of a prior, or the steps without one) is chosen on "
        "validation rows. ★ and bold: the best of its number of rows.",
    )

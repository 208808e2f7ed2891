"""How good small students are, by prior and number of rows, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sametask.report.data.students import mean_interval
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.distillation import ARMS

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


def distillation_table(found: Mapping[str, Any]) -> Table:
    """Return the scores of all arms by number of rows, and those of the teacher."""
    teacher = {name: [found["teacher"][name]] for name in SCORES}
    groups = [_group(found, place, count) for place, count in enumerate(found["rows"])]
    groups.append(Group("The teacher, which has all rows", [Row("teacher", _cells(teacher, 0, {}))]))
    return Table(
        "prior of the student",
        [heading for heading, _ in SCORES.values()],
        groups,
        f"On held-out rows; means over {len(found['teacher']['nll'])} seeds, each with rows, a "
        "teacher and students of its own, with 95 % intervals of Student’s t. What the arms "
        "choose (scale and temperature of a prior, or the steps without one) is chosen on "
        "validation rows. ★ and bold: the best of its number of rows.",
    )

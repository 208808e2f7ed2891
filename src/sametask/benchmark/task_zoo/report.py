"""The content of ``benchmark.json`` of the task zoo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sametask.benchmark.task_zoo.calibration import calibrate, decided, reason
from sametask.benchmark.task_zoo.data_sets import DataSet
from sametask.benchmark.task_zoo.judge import Judged
from sametask.benchmark.task_zoo.pairs import HALVES
from sametask.benchmark.task_zoo.summary import areas, by_kind, certain, decisions, wrong
from sametask.benchmark.task_zoo.zoo import Network
from sametask.config.sections.task_zoo_section import TaskZoo


def facts(data: DataSet, networks: Sequence[Network]) -> dict[str, Any]:
    """Return the size of a data set and of its zoo, and who has not learned its task."""
    return {
        "name": data.name,
        "trained": len(data.trained),
        "held_out": len(data.held_out),
        "networks": len(networks),
        "left_out": [network.recipe.name for network in networks if not network.learned],
    }


def left_out(pairs: Sequence[Judged], settings: TaskZoo) -> dict[str, Any]:
    """Return the decisions on each data set with the limits calibrated on the others."""
    figures: dict[str, Any] = {}
    for name in settings.data_sets:
        others = [pair for pair in pairs if pair.row["data"] != name]
        if not others:
            continue
        found = calibrate(others, settings.verdict.limits)
        limits = {place: range_["limit"] for place, range_ in found.items()}
        rows = decided([pair for pair in pairs if pair.row["data"] == name], limits)
        held_out = certain([row for row in rows if row["half"] == HALVES[1]])
        figures[name] = {
            "calibration": found,
            **decisions(rows)[name],
            "area": areas(held_out, settings.seed),
        }
    return figures


def report(
    zoo: Sequence[tuple[DataSet, Sequence[Network]]], pairs: Sequence[Judged], settings: TaskZoo
) -> dict[str, Any]:
    """Return the figures of both halves and of each data set left out, and the pairs behind them.

    Both halves are decided by the limits of the settings.
    """
    limits = settings.verdict.limits
    rows = decided(pairs, limits)
    halves = {half: [row for row in rows if row["half"] == half] for half in HALVES}
    wrongly = wrong([row for row in rows if row["half"] == HALVES[1]])
    return {
        "data_sets": [facts(data, networks) for data, networks in zoo],
        "limits": limits,
        "calibration": calibrate([pair for pair in pairs if pair.row["half"] == HALVES[0]], limits),
        "halves": {half: by_kind(chosen, settings.seed) for half, chosen in halves.items()},
        "data": decisions(halves[HALVES[1]]),
        "left_out": left_out(pairs, settings),
        "wrong": [{**row, "reason": reason(row, limits)} for row in wrongly],
        "pairs": rows,
    }

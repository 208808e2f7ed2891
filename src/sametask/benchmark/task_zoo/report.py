"""The content of ``benchmark.json`` of the task zoo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sametask.benchmark.task_zoo.calibration import calibrate, decide_again
from sametask.benchmark.task_zoo.data_sets import DataSet
from sametask.benchmark.task_zoo.pairs import HALVES
from sametask.benchmark.task_zoo.summary import Row, by_kind, decided, false_same, summarise, wrong
from sametask.benchmark.task_zoo.zoo import Network
from sametask.config.sections.task_zoo_section import TaskZoo


def facts(data: DataSet, networks: Sequence[Network]) -> dict[str, Any]:
    """Return the size of a data set and of its part of the zoo, and who has not learned its task."""
    return {
        "name": data.name,
        "trained": len(data.trained),
        "held_out": len(data.held_out),
        "networks": len(networks),
        "left_out": [network.recipe.name for network in networks if not network.learned],
    }


def left_out(rows: Sequence[Row], settings: TaskZoo) -> dict[str, Any]:
    """Return the decisions on each data set with thresholds that were calibrated on the others."""
    figures = {}
    for name in settings.data_sets:
        others = [row for row in rows if row["data"] != name]
        if not others:
            continue
        thresholds = calibrate(others)
        chosen = decide_again([row for row in rows if row["data"] == name], thresholds)
        held_out = [row for row in chosen if row["half"] == HALVES[1]]
        figures[name] = {
            "thresholds": thresholds,
            **decided(chosen)[name],
            "area": summarise(held_out, settings.seed)["area"],
        }
    return figures


def report(
    zoo: Sequence[tuple[DataSet, Sequence[Network]]], rows: Sequence[Row], settings: TaskZoo
) -> dict[str, Any]:
    """Return the figures of both halves and of each data set left out, and the pairs behind them."""
    halves = {half: [row for row in rows if row["half"] == half] for half in HALVES}
    held_out = halves[HALVES[1]]
    return {
        "data_sets": [facts(data, networks) for data, networks in zoo],
        "calibration": calibrate(halves[HALVES[0]]),
        "halves": {half: by_kind(chosen, settings.seed) for half, chosen in halves.items()},
        "data": decided(held_out),
        "false_same": false_same(held_out),
        "left_out": left_out(rows, settings),
        "wrong": wrong(held_out),
        "pairs": list(rows),
    }

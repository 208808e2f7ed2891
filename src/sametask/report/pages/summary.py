"""The overview of all experiments: one row for each pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.report.data.verdicts import read_verdict
from sametask.report.pages.rendering import write_page
from sametask.report.wording.addresses import file_name
from sametask.report.wording.match_badge import MEANINGS as MATCHES
from sametask.report.wording.match_badge import match_badge, short_badge
from sametask.report.wording.numbers import r2_text
from sametask.report.wording.pair import best_map
from sametask.report.wording.relation import (
    MEANINGS,
    SYMBOLS,
    Badge,
    badge,
    names_of,
    pair_id,
    relation_words,
)
from sametask.report.wording.task import TASKS, matrices, task_legend
from sametask.storage.atomic import replacing
from sametask.storage.store import read_json

# Length in pixels of the axis of R² from 0 to 1; smaller values are drawn at 0.
LENGTH = 90.0


@dataclass(frozen=True)
class Experiment:
    """An experiment as the overview sees it; pairs are (``verdict.json``, ``evaluation.json``).

    The verdict is ``None`` for networks that share only a few inputs.
    """

    name: str
    description: str
    networks: Sequence[str]
    pairs: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any]]]


def read_experiment(
    facts: Mapping[str, Any], verdicts: Iterable[str | None], evaluations: Iterable[str]
) -> Experiment:
    """Read the figures of an experiment's pairs.

    ``facts`` are ``experiment``, ``description`` and ``networks``; the paths are in one order,
    ``None`` for a pair without a verdict.
    """
    pairs = [
        (None if verdict is None else read_verdict(verdict), read_json(evaluation))
        for verdict, evaluation in zip(verdicts, evaluations, strict=True)
    ]
    return Experiment(facts["experiment"], facts["description"], facts["networks"], pairs)


def _drawn(verdict: Mapping[str, Any], direction: str) -> dict[str, Any]:
    """Return an interval of R² in pixels and in words."""
    ends = {"a": "a", "b": "b"} | dict(zip("ab", names_of(verdict), strict=True))
    source, target = DIRECTIONS[direction]
    shown = {"way": f"{ends[source]} → {ends[target]}", "drawn": True}
    shown |= {"text": "not defined", "low": None}
    interval = verdict["r2"].get(direction)
    if interval is None:
        return shown
    low, estimate, high = (round(LENGTH * min(max(end, 0.0), 1.0), 1) for end in interval)
    return shown | {
        "low": low,
        "estimate": estimate,
        "width": max(round(high - low, 1), 1.0),
        "text": r2_text(interval[1]),
        "determined": round(LENGTH * verdict["thresholds"]["determined"], 1),
    }


def _best(evaluation: Mapping[str, Any], direction: str) -> str:
    return best_map({name: both[direction] for name, both in evaluation["maps"].items()})


def _best_maps(evaluation: Mapping[str, Any]) -> list[str]:
    return [_best(evaluation, direction) for direction in DIRECTIONS]


def _matched_row(page: str, evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row of a pair that shares only a few inputs, which has no interval of R²."""
    networks = evaluation["networks"]
    names = {side: network["name"] for side, network in networks.items()}
    ways = [f"{names[source]} → {names[target]}" for source, target in DIRECTIONS.values()]
    return {
        "href": f"{page}#match-{file_name('-'.join(names.values()))}",
        "networks": list(networks.values()),
        "task": None,
        "badge": match_badge(evaluation["alignment"]),
        "r2": [{"way": way, "text": "–", "low": None, "drawn": False} for way in ways],
        "best": _best_maps(evaluation),
        "alarms": [],
        "failures": [],
    }


def _row(
    page: str, verdict: Mapping[str, Any] | None, evaluation: Mapping[str, Any]
) -> dict[str, Any]:
    if verdict is None:
        return _matched_row(page, evaluation)
    return {
        "href": f"{page}#verdict-{pair_id(verdict)}",
        "networks": list(verdict["networks"].values()),
        "task": badge(verdict, TASKS),
        "badge": badge(verdict),
        "r2": [_drawn(verdict, direction) for direction in DIRECTIONS],
        "best": _best_maps(evaluation),
        "alarms": verdict["alarms"],
        "failures": verdict.get("failures", []),
    }


def _context(experiment: Experiment) -> dict[str, Any]:
    page = f"{experiment.name}/report.html"
    verdicts = [verdict for verdict, _ in experiment.pairs if verdict]
    many = len(experiment.networks) > 2 and verdicts
    return {
        "name": experiment.name,
        "description": experiment.description,
        "page": page,
        "matrices": matrices(experiment.networks, verdicts, page) if many else None,
        "rows": [_row(page, *pair) for pair in experiment.pairs],
    }


def legend() -> dict[str, list[tuple[Badge, str]]]:
    """Return the badges of tasks, of layers and of matches, with their meanings, by heading."""
    layers = [
        (Badge(relation, SYMBOLS[relation], relation_words(relation, "a", "b")), meaning)
        for relation, meaning in MEANINGS.items()
    ]
    matches = [(short_badge(relation), meaning) for relation, meaning in MATCHES.items()]
    return {
        "What they learned": task_legend(),
        "What the layers hold": layers,
        "Networks that share only a few inputs": matches,
    }


def write_summary(experiments: Sequence[Experiment], page: str | Path) -> None:
    """Write the overview; it does not appear before it is complete."""
    shown = [_context(experiment) for experiment in experiments]
    rows = [row for experiment in shown for row in experiment["rows"]]
    context = {
        "experiments": shown,
        "pairs": len(rows),
        "alarming": sum(bool(row["alarms"]) for row in rows),
        "partial": sum(bool(row["failures"]) for row in rows),
        "legend": legend(),
        "length": LENGTH,
    }
    with replacing(page) as unfinished:
        write_page(unfinished, "summary.html", context)

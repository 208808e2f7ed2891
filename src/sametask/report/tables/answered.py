"""What networks and stitched networks answer to held-out samples, in words: texts or classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.classes import chosen_classes
from sametask.base.relations import DIRECTIONS
from sametask.evaluation.said_texts import of_rows
from sametask.report.data.experiment import JudgedPair, Report
from sametask.report.wording.pair import best_map


@dataclass(frozen=True)
class Answers:
    """Answers (n) in words: what is right, if known, and what is answered; texts or classes."""

    right: list[str] | None
    given: list[str]
    texts: bool


def own_answers(report: Report[Any], pair: JudgedPair, side: str) -> Answers | None:
    """Return what a network of a pair answers; ``None`` if its outputs are neither."""
    place = f"texts/{side}"
    if f"{place}/own" in pair.evaluation:
        true, own = f"{place}/true", of_rows(pair.evaluation[f"{place}/own"])
        return Answers(
            of_rows(pair.evaluation[true]) if true in pair.evaluation else None, own, True
        )
    if not report.classifies:
        return None
    targets = report.samples.get("test/targets")
    right = None if targets is None else _names(pair, targets.reshape(-1))
    return Answers(right, _names(pair, chosen_classes(_own_outputs(pair, side))), False)


def stitched_answers(
    report: Report[Any], pair: JudgedPair, direction: str
) -> tuple[str, list[str]] | None:
    """Return the best map of a direction, and what the network stitched by it answers."""
    target = DIRECTIONS[direction][1]
    own = own_answers(report, pair, target)
    if own is None or pair.read_only(direction):
        return None
    name = best_map(pair.metrics(direction))
    if own.texts:
        return name, of_rows(pair.evaluation[f"{name}/{direction}/texts"])
    outputs = pair.evaluation[f"{name}/{direction}/outputs"]
    return name, _names(pair, chosen_classes(outputs, _own_outputs(pair, target)))


def _names(pair: JudgedPair, classes: np.ndarray) -> list[str]:
    return [pair.names.class_text(int(number)) for number in classes]


def _own_outputs(pair: JudgedPair, side: str) -> Any:
    return {"a": pair.a, "b": pair.b}[side].activations["test/outputs"]

"""Held-out texts, with the classes that two networks and the networks stitched of them give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.classes import chosen_classes
from sametask.base.relations import DIRECTIONS
from sametask.inputs.texts import decode
from sametask.report.data.experiment import JudgedPair, Report
from sametask.report.wording.pair import best_map

# Texts in a table; up to half of them are those for which the answers differ.
SHOWN = 10


@dataclass(frozen=True)
class Examples:
    """Texts, each with an answer under each of the headings; whether all answers are the same."""

    headings: list[str]
    rows: list[tuple[str, list[str], bool]]
    differing: int
    tests: int


def example_table(report: Report[Any], pair: JudgedPair) -> Examples | None:
    """Return examples of a classification of texts; ``None`` for other inputs and tasks.

    Stitched networks are those of the best map in each direction, as it is in ``best_map``.
    """
    if not (report.names.texts and report.classifies):
        return None
    answers = {
        end.name: chosen_classes(end.activations["test/outputs"]) for end in (pair.a, pair.b)
    }
    for direction in DIRECTIONS:
        if pair.read_only(direction):
            continue
        _, target = pair.ends(direction)
        name = best_map(pair.metrics(direction))
        outputs = pair.evaluation[f"{name}/{direction}/outputs"]
        own = target.activations["test/outputs"]
        answers[f"{pair.arrow(direction)} ({name})"] = chosen_classes(outputs, own)
    given = np.stack(list(answers.values()), axis=1)
    differ = (given != given[:, :1]).any(axis=1)
    first = np.flatnonzero(differ)[: SHOWN // 2]
    chosen = np.concatenate([first, np.flatnonzero(~differ)[: SHOWN - len(first)]])
    texts = decode(report.samples["test/inputs"][chosen])
    rows = [
        (text, [pair.names.class_text(int(number)) for number in given[row]], bool(differ[row]))
        for text, row in zip(texts, chosen, strict=True)
    ]
    return Examples(list(answers), rows, int(differ.sum()), len(given))

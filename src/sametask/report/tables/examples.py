"""Held-out texts, with the classes that two networks and the networks stitched of them give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.base.relations import DIRECTIONS
from sametask.inputs.texts import decode
from sametask.report.data.experiment import JudgedPair, Report
from sametask.report.tables.answered import own_answers, stitched_answers

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
    known = {side: own_answers(report, pair, side) for side in ("a", "b")}
    answers = {
        end.name: own.given
        for end, own in zip((pair.a, pair.b), known.values(), strict=True)
        if own is not None
    }
    for direction in DIRECTIONS:
        found = stitched_answers(report, pair, direction)
        if found is not None:
            answers[f"{pair.arrow(direction)} ({found[0]})"] = found[1]
    given = np.array(list(answers.values())).T
    differ = (given != given[:, :1]).any(axis=1)
    first = np.flatnonzero(differ)[: SHOWN // 2]
    chosen = np.concatenate([first, np.flatnonzero(~differ)[: SHOWN - len(first)]])
    texts = decode(report.samples["test/inputs"][chosen])
    rows = [
        (text, given[row].tolist(), bool(differ[row]))
        for text, row in zip(texts, chosen, strict=True)
    ]
    return Examples(list(answers), rows, int(differ.sum()), len(given))

"""The page of the task zoo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sametask.base.relations import (
    A_CONTAINS_B,
    B_CONTAINS_A,
    GRADED,
    OTHER_TASK,
    SAME_TASK,
    UNDECIDED,
)
from sametask.report.figures.task_zoo import draw_areas, draw_graded, draw_scores
from sametask.report.pages.rendering import write_with_figures
from sametask.report.pages.saving import save_all
from sametask.report.pictures.picture import Picture
from sametask.report.wording.numbers import interval_text, listed, share

WORDS = {
    SAME_TASK: "same task",
    A_CONTAINS_B: "a contains b",
    B_CONTAINS_A: "b contains a",
    OTHER_TASK: "other task",
    UNDECIDED: "undecided",
}
# Graded changes in the order in which the figure shows them.
CHANGES = ("2% of the steps", "5% of the steps", "15% of the steps", "25% of the rows",
           "50% of the rows", "pruned to 20%", "pruned to 50%", "8-bit weights", "linear",
           "another form")  # fmt: skip
UNCHANGED = "same target"
# The area from which a score separates pairs as it should.
WANTED = 0.995


def _graded(rows: Sequence[Mapping[str, Any]], score: str) -> Picture:
    chosen = [row for row in rows if row["truth"] == GRADED or row["why"] == UNCHANGED]
    order = [why for why in (*CHANGES, UNCHANGED) if any(row["why"] == why for row in chosen)]
    return Picture(
        "graded",
        "How much is left of a task",
        draw_graded(chosen, order, score),
        "Task share of pairs in which one network was trained less, pruned or rounded.",
        "Each mark is a held-out pair: a network that was trained on fewer rows or for fewer "
        "steps, pruned, rounded to 8 bits, made linear, or trained for another form of the target, "
        "beside one of the same target. Bars: medians. On the right, for comparison: unchanged "
        "networks. These pairs count neither as right nor as wrong.",
    )


def _pictures(figures: Mapping[str, Any]) -> list[Picture]:
    rows = [row for row in figures["pairs"] if row["half"] == "held_out"]
    known = [row for row in rows if row["truth"] != GRADED]
    halves = figures["halves"]["held_out"]
    areas = {kind: halves[kind]["area"] for kind in halves if kind != "all"}
    return [
        Picture(
            "areas",
            "Separating the same task from all others",
            draw_areas(areas, WANTED),
            "Area under the ROC curve of the task share and of other scores, with intervals.",
            "Held-out pairs. 1 separates all pairs of the same task from all others, 0.5 is "
            "chance. Lines: 95 % bootstrap intervals. Dashed: the target. Blue: this project.",
        ),
        Picture(
            "scores",
            "Every score, pair by pair",
            draw_scores(known, SAME_TASK),
            "Scores of pairs of the same task beside those of all other pairs.",
            "Held-out pairs, hidden layers and outputs together. Where the two columns overlap, no "
            "threshold separates pairs of the same task from others.",
        ),
        _graded(rows, next(iter(rows[0]["scores"]))),
    ]


def _right(fraction: Mapping[str, Any]) -> str:
    low, high = (share(end) for end in fraction["interval"])
    return f"{fraction['count']} of {fraction['of']} ({low} to {high})"


def _left_out(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the lines of the table of data sets that were left out of the calibration."""
    lines = []
    for name, found in figures["left_out"].items():
        (_, own), *peers = found["area"].items()
        best, area = max(peers, key=lambda peer: peer[1][1])
        cells = [
            _right(found["right"]),
            str(found["undecided"]),
            f"{found['false_same']['count']} of {found['false_same']['of']}",
            f"{own[1]:.4f}",
            f"{area[1]:.4f} ({best})",
        ]
        lines.append({"name": name, "cells": cells})
    return lines


def _context(figures: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    held_out = figures["halves"]["held_out"]
    everything = held_out["all"]
    called = everything["false_same"]
    pairs = [row for row in figures["pairs"] if row["half"] == "held_out"]
    missing = [f"{one['name']}: {name}" for one in figures["data_sets"] for name in one["left_out"]]
    return {
        "right": everything["right"],
        "right_text": share(everything["right"]["count"] / everything["right"]["of"]),
        "undecided": everything["undecided"],
        "called": called,
        "at_most": share(called["at_most"]),
        "networks": sum(one["networks"] for one in figures["data_sets"]),
        "data_sets": listed([one["name"] for one in figures["data_sets"]]),
        "sizes": figures["data_sets"],
        "missing": missing,
        "graded": sum(row["truth"] == GRADED for row in pairs),
        "figures": save_all(_pictures(figures), folder),
        "kinds": list(held_out),
        "areas": [
            (name, [interval_text(held_out[kind]["area"][name]) for kind in held_out])
            for name in everything["area"]
        ],
        "decisions": [
            (kind, _right(found["right"]), _right(found["undecided"]),
             f"{found['false_same']['count']} of {found['false_same']['of']}")
            for kind, found in held_out.items()
        ],
        "words": WORDS,
        "confusion": [
            (WORDS[truth], [counts[relation] for relation in WORDS])
            for truth, counts in everything["confusion"].items()
        ],
        "wrong": figures["wrong"],
        "left_out": _left_out(figures),
        "calibration": figures["calibration"],
    }  # fmt: skip


def write_task_zoo(figures: Mapping[str, Any], page: str | Path, folder: str | Path) -> None:
    """Write the page and its figures from ``benchmark.json``."""
    write_with_figures(page, folder, "task_zoo.html", partial(_context, figures))

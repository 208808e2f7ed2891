"""How often the verdict on the task is right in the zoo, and how well scores separate pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scipy.stats import binomtest

from sametask.base.relations import (
    A_CONTAINS_B,
    B_CONTAINS_A,
    GRADED,
    OTHER_TASK,
    SAME_TASK,
    UNDECIDED,
)
from sametask.benchmark.summary import area, fraction

TRUTHS = (SAME_TASK, A_CONTAINS_B, B_CONTAINS_A, OTHER_TASK)

Row = Mapping[str, Any]


def certain(rows: Sequence[Row]) -> list[Row]:
    """Return the pairs of which the truth is known: those without a graded network."""
    return [row for row in rows if row["truth"] != GRADED]


def false_same(rows: Sequence[Row]) -> dict[str, Any]:
    """Return how many pairs of other tasks are called the same task.

    ``at_most`` is the upper end of the exact one-sided 95 % interval (Clopper & Pearson 1934). It
    takes pairs as independent, which those of the same network are not quite.
    """
    others = [row for row in rows if row["truth"] == OTHER_TASK]
    called = sum(row["relation"] == SAME_TASK for row in others)
    limit = binomtest(called, len(others), alternative="less").proportion_ci().high
    return {"count": called, "of": len(others), "at_most": float(limit)}


def summarise(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Return the figures of some pairs, graded ones left out.

    Pairs that are decided rightly, undecided ones, false "same task", the area under the ROC curve
    for "same task" of every score, and true relations beside verdicts.
    """
    known = certain(rows)
    return {
        "right": fraction(sum(row["relation"] == row["truth"] for row in known), len(known)),
        "undecided": fraction(sum(row["relation"] == UNDECIDED for row in known), len(known)),
        "false_same": false_same(known),
        "area": areas(known, seed),
        "confusion": confusion(known),
    }


def areas(rows: Sequence[Row], seed: int) -> dict[str, list[float]]:
    """Return the area under the ROC curve for "same task" of every score, see ``area``."""
    return {name: area(rows, name, seed, SAME_TASK) for name in rows[0]["scores"]}


def confusion(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Return how many pairs of each truth are called what."""
    return {
        truth: {
            judged: sum((row["truth"], row["relation"]) == (truth, judged) for row in rows)
            for judged in (*TRUTHS, UNDECIDED)
        }
        for truth in TRUTHS
    }


def by_kind(rows: Sequence[Row], seed: int) -> dict[str, dict[str, Any]]:
    """Return the figures of all pairs, and of each kind of layer."""
    kinds = {"all": list(rows)}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    return {kind: summarise(chosen, seed) for kind, chosen in kinds.items()}


def decisions(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the decisions on the pairs of each data set: right, undecided, false "same task"."""
    sets: dict[str, list[Row]] = {}
    for row in certain(rows):
        sets.setdefault(row["data"], []).append(row)
    return {
        data: {
            "right": fraction(sum(row["relation"] == row["truth"] for row in chosen), len(chosen)),
            "undecided": sum(row["relation"] == UNDECIDED for row in chosen),
            "false_same": false_same(chosen),
        }
        for data, chosen in sets.items()
    }


def wrong(rows: Sequence[Row]) -> list[Row]:
    """Return the pairs that are decided wrongly, undecided ones included."""
    return [row for row in certain(rows) if row["relation"] != row["truth"]]

"""The threshold of the task share that decides most pairs rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from sametask.benchmark.task_zoo.judge import Judged
from sametask.benchmark.task_zoo.pairs import GRADED
from sametask.verdict.task.decision import decide

# Thresholds that are tried; a share of 0 is the best floor, one of 1 the ceiling.
TRIED = tuple(np.linspace(0.02, 0.98, 97).round(2).tolist())


def rightly(pairs: Sequence[Judged], threshold: float) -> int:
    """Return how many pairs of known truth a threshold decides rightly."""
    known = [pair for pair in pairs if pair.row["truth"] != GRADED]
    return sum(decide(pair.evidence, threshold) == pair.row["truth"] for pair in known)


def calibrate(pairs: Sequence[Judged]) -> dict[str, Any]:
    """Return the ``threshold`` that decides most pairs rightly, and the range that does as well.

    Of several ranges of thresholds that are equally good, the widest is taken, and its middle.
    """
    right = [rightly(pairs, threshold) for threshold in TRIED]
    best = [count == max(right) for count in right]
    ends = [0, *(place for place, (a, b) in enumerate(pairwise(best), 1) if a != b), len(TRIED)]
    low, high = max(
        ((low, high) for low, high in pairwise(ends) if best[low]),
        key=lambda ends: ends[1] - ends[0],
    )
    lowest, highest = TRIED[low], TRIED[high - 1]
    return {"threshold": (lowest + highest) / 2, "from": lowest, "to": highest}


def decided(pairs: Sequence[Judged], threshold: float) -> list[dict[str, Any]]:
    """Return the rows of pairs with the ``relation`` that this threshold gives them."""
    return [{**pair.row, "relation": decide(pair.evidence, threshold)} for pair in pairs]


def reason(row: Mapping[str, Any], threshold: float) -> str:
    """Return why a pair is decided wrongly: the shares on the wrong side, or that are missing."""
    wanted = {"same_task": ("a_to_b", "b_to_a"), "a_contains_b": ("a_to_b",),
              "b_contains_a": ("b_to_a",)}.get(row["truth"], ())  # fmt: skip
    texts = []
    for direction, places in row["shares"].items():
        way = direction.replace("_to_", " to ")
        low = {place: share for place, share in places.items() if share is not None}
        if direction in wanted:
            texts += [
                f"{place} {way}: share {share:.2f} only"
                for place, share in low.items()
                if share < threshold
            ]
        elif low and min(low.values()) >= threshold:
            texts.append(f"{way}: share {min(low.values()):.2f}")
        texts += [f"{place} {way}: no scale" for place in places if place not in low]
    return "; ".join(texts)

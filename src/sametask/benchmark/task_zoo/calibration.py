"""The limits of the task share that decide most pairs rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from sametask.base.relations import GRADED
from sametask.benchmark.task_zoo.judge import Judged
from sametask.verdict.task.decision import decide

# Limits that are tried; a share of 0 is the best floor, one of 1 the ceiling. Of answers, half a
# task is not enough: a network that gives one of two outputs reaches a share of one half.
LAYER = tuple(np.linspace(0.02, 0.98, 97).round(2).tolist())
TRIED = {"layer": LAYER, "answers": tuple(limit for limit in LAYER if limit > 0.5)}

Limits = Mapping[str, float]


def rightly(pairs: Sequence[Judged], limits: Limits) -> int:
    """Return how many pairs of known truth the limits decide rightly."""
    known = [pair for pair in pairs if pair.row["truth"] != GRADED]
    return sum(decide(pair.evidence, limits) == pair.row["truth"] for pair in known)


def _widest(pairs: Sequence[Judged], limits: Limits, place: str) -> dict[str, float]:
    """Return the range of limits at a place that decide most pairs rightly, and its middle.

    Of several ranges that are equally good, the widest is taken. The other limits are as given.
    """
    right = [rightly(pairs, {**limits, place: tried}) for tried in TRIED[place]]
    best = [count == max(right) for count in right]
    ends = [0, *(end for end, (a, b) in enumerate(pairwise(best), 1) if a != b), len(right)]
    low, high = max(
        ((low, high) for low, high in pairwise(ends) if best[low]),
        key=lambda ends: ends[1] - ends[0],
    )
    lowest, highest = TRIED[place][low], TRIED[place][high - 1]
    return {"limit": (lowest + highest) / 2, "from": lowest, "to": highest}


def calibrate(pairs: Sequence[Judged], limits: Limits) -> dict[str, dict[str, float]]:
    """Return the ``limit`` of each place that decides most pairs rightly, and its range.

    First that of the answers, beside the layer's as given; then the layer's beside that one.
    """
    answers = _widest(pairs, limits, "answers")
    layer = _widest(pairs, {**limits, "answers": answers["limit"]}, "layer")
    return {"answers": answers, "layer": layer}


def decided(pairs: Sequence[Judged], limits: Limits) -> list[dict[str, Any]]:
    """Return the rows of pairs with the ``relation`` that these limits give them."""
    return [{**pair.row, "relation": decide(pair.evidence, limits)} for pair in pairs]


def reason(row: Mapping[str, Any], limits: Limits) -> str:
    """Return why a pair is decided wrongly: the shares on the wrong side, or that are missing."""
    wanted = {"same_task": ("a_to_b", "b_to_a"), "a_contains_b": ("a_to_b",),
              "b_contains_a": ("b_to_a",)}.get(row["truth"], ())  # fmt: skip
    texts = []
    for direction, places in row["shares"].items():
        way = direction.replace("_to_", " to ")
        told = {place: share for place, share in places.items() if share is not None}
        low = [place for place, share in told.items() if share < limits[place]]
        if direction in wanted:
            texts += [f"{place} {way}: share {told[place]:.2f} only" for place in low]
        elif told and not low:
            texts.append(f"{way}: share {min(told.values()):.2f}")
        texts += [f"{place} {way}: no scale" for place in places if place not in told]
    return "; ".join(texts)

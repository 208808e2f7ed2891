"""The content of ``pairs.json``: every pair, and how well each score separates kinds of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from sametask.base.relations import TASK_RELATIONS
from sametask.populations.stored import StoredPopulation
from sametask.statistics.ranks import rank_correlation
from sametask.statistics.roc import area
from sametask.weights.pairs.choice import (
    EARLIER_OTHER,
    EARLIER_OWN,
    OTHER_SAME_START,
    OTHER_TARGET,
    SAME_TARGET,
    Pair,
    Side,
)

Row = Mapping[str, Any]
# The score of the verdict.
SHARE = "task share"
# Pairs among which distances are correlated with the task share.
EARLIER = (EARLIER_OTHER, EARLIER_OWN)
TRAINED = (SAME_TARGET, OTHER_TARGET, OTHER_SAME_START)
AMONG = {"trained pairs": TRAINED, "same task": (SAME_TARGET,), "earlier checkpoints": EARLIER}


def closeness(rows: Sequence[Row], score: str) -> np.ndarray:
    """Return a similarity (n,) of each pair, or a distance with its sign changed."""
    if score in rows[0]["similarities"]:
        return np.array([row["similarities"][score] for row in rows])
    return -np.array([row["distances"][score] for row in rows])


def of_kinds(rows: Sequence[Row], *kinds: str) -> list[Row]:
    """Return the pairs of some kinds."""
    return [row for row in rows if row["why"] in kinds]


def areas(rows: Sequence[Row], scores: Sequence[str], seed: int) -> dict[str, Any]:
    """Return the area under the ROC curve of every score, by the pairs of other tasks.

    Pairs of the same task should be closer than those of other tasks: than networks that begin with
    other weights, and than networks that begin with the same weights.
    """
    same = of_kinds(rows, SAME_TARGET)
    return {
        kind: {
            score: area(closeness(same, score), closeness(of_kinds(rows, kind), score), seed)
            for score in scores
        }
        for kind in (OTHER_TARGET, OTHER_SAME_START)
    }


def correlations(rows: Sequence[Row], scores: Sequence[str], seed: int) -> dict[str, Any]:
    """Return the rank correlation of closeness with the task share, among some kinds of pairs."""
    found: dict[str, Any] = {}
    for among, kinds in AMONG.items():
        some = of_kinds(rows, *kinds)
        share = closeness(some, SHARE)
        found[among] = {
            score: rank_correlation(closeness(some, score), share, seed)
            for score in scores
            if score != SHARE
        }
    return found


def relations(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    """Return how many pairs of each kind are called what; of earlier checkpoints by epoch."""
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        graded = row["why"] in EARLIER
        kind = f"{row['why']}, epoch {row['b']['epoch']}" if graded else row["why"]
        found = counts.setdefault(kind, dict.fromkeys(TASK_RELATIONS, 0))
        found[row["relation"]] += 1
    return counts


def _facts(population: StoredPopulation, side: Side) -> dict[str, Any]:
    """Return what is known of a network of a pair."""
    accuracy = population.store["test/accuracy"][side.network, side.checkpoint]
    return {
        **asdict(side),
        "task": population.values("task")[side.network],
        "epoch": int(population.epochs[side.checkpoint]),
        "accuracy": float(accuracy),
    }


def report(
    population: StoredPopulation,
    pairs: Sequence[Pair],
    verdicts: Sequence[Mapping[str, Any]],
    found: Sequence[Mapping[str, float]],
    seed: int,
) -> dict[str, Any]:
    """Return the figures of all pairs, from the verdict on each and the distances ``found``."""
    rows = [
        {
            "a": _facts(population, pair.a),
            "b": _facts(population, pair.b),
            "truth": pair.truth,
            "why": pair.why,
            **verdict,
            "distances": dict(apart),
        }
        for pair, verdict, apart in zip(pairs, verdicts, found, strict=True)
    ]
    scores = [*rows[0]["similarities"], *rows[0]["distances"]]
    return {
        "scores": scores,
        "areas": areas(rows, scores, seed),
        "correlations": correlations(rows, scores, seed),
        "relations": relations(rows),
        "pairs": rows,
    }

"""Summary of the benchmark: how often the verdict is right, and how well scores do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

from sametask.base.relations import (
    A_DETERMINES_B,
    B_DETERMINES_A,
    DIRECTIONS,
    EQUIVALENT,
    RELATIONS,
    UNRELATED,
)
from sametask.config.sections.stage_sections import Verdict
from sametask.statistics import roc

Row = Mapping[str, Any]
# The directions in which each relation makes a layer a function of the other.
DETERMINED = {
    EQUIVALENT: tuple(DIRECTIONS),
    A_DETERMINES_B: ("a_to_b",),
    B_DETERMINES_A: ("b_to_a",),
}


def area(rows: Sequence[Row], score: str, seed: int, wanted: str = EQUIVALENT) -> list[float]:
    """Return low, estimate, high of the area under the ROC curve for a truth, "equivalent".

    Pairs with the ``wanted`` truth should have a higher score than all others, see ``roc.area``.
    """
    truth = np.array([row["truth"] == wanted for row in rows])
    scores = np.array([row["scores"][score] for row in rows])
    return roc.area(scores[truth], scores[~truth], seed)


def fraction(count: int, total: int) -> dict[str, Any]:
    """Return a fraction with its exact interval (Clopper & Pearson 1934)."""
    interval = binomtest(count, total).proportion_ci()
    return {"count": count, "of": total, "interval": [float(interval.low), float(interval.high)]}


def _shares_right(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the fractions of relations found, and of others that are called equivalent."""
    right = sum(row["relation"] == row["truth"] for row in rows)
    others = [row for row in rows if row["truth"] != EQUIVALENT]
    called = sum(row["relation"] == EQUIVALENT for row in others)
    return {
        "right": fraction(right, len(rows)),
        "false_equivalent": fraction(called, len(others)),
    }


def summarise(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Return the figures of some pairs: relations found, false "equivalent", areas, confusions."""
    return {
        **_shares_right(rows),
        "area": {name: area(rows, name, seed) for name in rows[0]["scores"]},
        "confusion": {
            truth: {
                judged: sum((row["truth"], row["relation"]) == (truth, judged) for row in rows)
                for judged in RELATIONS
            }
            for truth in RELATIONS
        },
    }


def count_traps(rows: Sequence[Row]) -> dict[str, Any]:
    """Return how many of some traps are right, of all and of each kind, and false "equivalent"."""
    kinds = {"all": [*rows]}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    return {kind: _shares_right(members) for kind, members in kinds.items()}


def _gap(should: Sequence[float], should_not: Sequence[float]) -> dict[str, float]:
    """Return the gap for a threshold: above all values that must not pass, below all that must."""
    return {"above": max(should_not), "below": min(should)}


def _true_shares(rows: Sequence[Row]) -> dict[str, float]:
    """Return the gap between the variances of true local directions and of all others."""
    real, left = [], [0.0]
    for row in rows:
        for side, dimension in row["true_dimension"].items():
            shares = row["shares"][side]
            real.append(shares[dimension - 1])
            left += shares[dimension : dimension + 1]
    return _gap(real, left)


def _correlations(rows: Sequence[Row], shared: Callable[[Row], int]) -> dict[str, float]:
    """Return the gap between correlations of shared directions and of others.

    ``shared`` returns the number of shared directions of a row.
    """
    real, other = [], [0.0]
    for row in rows:
        count, correlations = shared(row), row["correlations"]
        real += correlations[:count][-1:]
        other += correlations[count : count + 1]
    return _gap(real, other)


def calibrate(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return the gap of each threshold of the verdict on these pairs.

    ``above`` is the largest value that must not pass, ``below`` the smallest that must. If the
    former exceeds the latter, no threshold alone is right for all pairs. ``determined`` and
    ``component_r2`` use only directions in which the target adds no local direction: the others are
    decided without R².
    """
    lows: dict[bool, list[float]] = {True: [], False: [0.0]}
    weakest: dict[bool, list[float]] = {True: [], False: [0.0]}
    for row in rows:
        for direction in DIRECTIONS:
            function = direction in DETERMINED.get(row["truth"], ())
            contained = not row["new_directions"][direction]
            if (function or contained) and direction in row["r2"]:
                lows[function].append(row["r2"][direction][0])
                weakest[function].append(row["weakest_r2"][direction][0])
    best = {
        unrelated: [
            max(interval[0] for interval in row["r2"].values())
            for row in rows
            if (row["truth"] == UNRELATED) == unrelated
        ]
        for unrelated in (True, False)
    }
    determined = [row for row in rows if row["truth"] in DETERMINED and not row["shuffled"]]
    return {
        "determined": _gap(lows[True], lows[False]),
        "component_r2": _gap(weakest[True], weakest[False]),
        "related": _gap(best[False], best[True]),
        "share": _true_shares(rows),
        # A layer that determines another shares all directions of it; unrelated layers share none.
        "correlation": _correlations(
            determined + [row for row in rows if row["truth"] == UNRELATED],
            lambda row: 0 if row["truth"] == UNRELATED else min(row["true_dimension"].values()),
        ),
    }


def explain(row: Row, settings: Verdict) -> str:
    """Return why a relation is wrong: the evidence on the wrong side of its threshold."""
    wanted, texts = DETERMINED.get(row["truth"], ()), []
    for direction in DIRECTIONS:
        low = row["r2"].get(direction, [0.0])[0]
        weakest = row["weakest_r2"].get(direction, [1.0])[0]
        new, way = row["new_directions"][direction], direction.replace("_", " ")
        if direction in wanted and low < settings.determined:
            texts.append(f"R² {way} reaches {low:.3f} only")
        elif direction in wanted and weakest < settings.component_r2:
            texts.append(f"R² {way} of a component reaches {weakest:.3f} only")
        if direction in wanted and new:
            texts.append(f"{new} local directions of the target seem new ({way})")
        explained = low >= settings.determined and weakest >= settings.component_r2
        if direction not in wanted and explained and not new:
            texts.append(f"R² {way} reaches {low:.3f}, of every component {weakest:.3f}")
    best = max((interval[0] for interval in row["r2"].values()), default=0.0)
    if not wanted and not texts:
        texts.append(f"the larger R² has a lower end of {best:.3f}")
    if row["relation"] != EQUIVALENT and not texts:
        texts.append(f"the aligned coordinates agree no better than by chance, p {row['p_value']}")
    return "; ".join(texts)


def _wrong(rows: Mapping[str, Sequence[Row]], settings: Verdict) -> list[dict[str, Any]]:
    """Return the wrong rows of both halves, with the reason."""
    return [
        {**row, "half": half, "why": explain(row, settings)}
        for half, pairs in rows.items()
        for row in pairs
        if row["relation"] != row["truth"]
    ]


def report(
    rows: Mapping[str, Sequence[Row]],
    traps: Mapping[str, Sequence[Row]],
    settings: Verdict,
    seed: int,
) -> dict[str, Any]:
    """Return the content of ``benchmark.json`` from the rows of both halves.

    ``rows`` and ``traps`` are those of ``calibration`` and ``held_out``.
    """
    figures = {}
    for half, pairs in rows.items():
        kinds = {"all": [*pairs]}
        for row in pairs:
            kinds.setdefault(row["kind"], []).append(row)
        figures[half] = {kind: summarise(chosen, seed) for kind, chosen in kinds.items()}
    return {
        "thresholds": settings.plain(),
        "calibration": calibrate(rows["calibration"]),
        "halves": figures,
        "wrong": _wrong(rows, settings),
        "pairs": dict(rows),
        "traps": {
            "halves": {half: count_traps(judged) for half, judged in traps.items()},
            "wrong": _wrong(traps, settings),
            "pairs": dict(traps),
        },
    }

"""What the benchmark says: how often the verdict is right, and how well scores tell the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binomtest

from sametask.base.randomness import generator
from sametask.base.relations import (
    A_DETERMINES_B,
    B_DETERMINES_A,
    DIRECTIONS,
    EQUIVALENT,
    RELATIONS,
    UNRELATED,
)
from sametask.config.sections.stage_sections import Verdict

Row = Mapping[str, Any]
RESAMPLES = 999
# The directions in which each relation makes a layer a function of the other.
DETERMINED = {
    EQUIVALENT: tuple(DIRECTIONS),
    A_DETERMINES_B: ("a_to_b",),
    B_DETERMINES_A: ("b_to_a",),
}


def area(rows: Sequence[Row], score: str, seed: int) -> list[float]:
    """Return the area under the ROC curve for "equivalent", between its bootstrap interval's ends.

    How often an equivalent pair has a higher score than one that is not, ties counted half (Mann
    & Whitney 1947); 95 % percentiles over resamples of both kinds of pairs.
    """
    truth = np.array([row["truth"] == EQUIVALENT for row in rows])
    scores = np.array([row["scores"][score] for row in rows])
    same, other = scores[truth][:, None], scores[~truth]
    wins = (same > other) + 0.5 * (same == other)
    draw = generator(seed, "resampled pairs")
    counts = [
        draw.multinomial(size, np.full(size, 1 / size), size=RESAMPLES) / size
        for size in wins.shape
    ]
    resampled = ((counts[0] @ wins) * counts[1]).sum(axis=1)
    low, high = np.quantile(resampled, (0.025, 0.975))
    return [float(low), float(wins.mean()), float(high)]


def _share(count: int, total: int) -> dict[str, Any]:
    """Return a share with its exact interval (Clopper & Pearson 1934)."""
    interval = binomtest(count, total).proportion_ci()
    return {"count": count, "of": total, "interval": [float(interval.low), float(interval.high)]}


def summarise(rows: Sequence[Row], seed: int) -> dict[str, Any]:
    """Return the figures of some pairs: relations found, false "equivalent", areas, confusions."""
    right = sum(row["relation"] == row["truth"] for row in rows)
    others = [row for row in rows if row["truth"] != EQUIVALENT]
    called = sum(row["relation"] == EQUIVALENT for row in others)
    return {
        "right": _share(right, len(rows)),
        "false_equivalent": _share(called, len(others)),
        "area": {name: area(rows, name, seed) for name in rows[0]["scores"]},
        "confusion": {
            truth: {
                found: sum((row["truth"], row["relation"]) == (truth, found) for row in rows)
                for found in RELATIONS
            }
            for truth in RELATIONS
        },
    }


def _gap(should: Sequence[float], should_not: Sequence[float]) -> dict[str, float]:
    """Return where a threshold can lie: above all that must not pass, below all that must."""
    return {"above": max(should_not), "below": min(should)}


def _shares(rows: Sequence[Row]) -> dict[str, float]:
    """Return the gap between a layer's true local directions and what training left of others."""
    real, left = [], [0.0]
    for row in rows:
        for side, dimension in row["true_dimension"].items():
            shares = row["shares"][side]
            real.append(shares[dimension - 1])
            left += shares[dimension : dimension + 1]
    return _gap(real, left)


def _correlations(rows: Sequence[Row], shared: Callable[[Row], int]) -> dict[str, float]:
    """Return the gap between correlations of directions that are shared and of those that are not.

    ``shared`` says how many of a row are.
    """
    real, other = [], [0.0]
    for row in rows:
        count, found = shared(row), row["correlations"]
        real += found[:count][-1:]
        other += found[count : count + 1]
    return _gap(real, other)


def calibrate(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return for each threshold of the verdict the gap in which it can lie, on these pairs.

    ``above`` is the largest value that must not pass, ``below`` the smallest that must; where the
    former exceeds the latter, no threshold alone is right for all pairs. ``determined`` looks at
    directions in which the local comparison sees nothing new: at the others it decides already.
    """
    lows: dict[bool, list[float]] = {True: [], False: [0.0]}
    for row in rows:
        for direction, (source, _) in DIRECTIONS.items():
            function = direction in DETERMINED.get(row["truth"], ())
            contained = row["dimension"]["joint"] == row["dimension"][source]
            if (function or contained) and direction in row["r2"]:
                lows[function].append(row["r2"][direction][0])
    best = {
        unrelated: [
            max(one[0] for one in row["r2"].values())
            for row in rows
            if (row["truth"] == UNRELATED) == unrelated
        ]
        for unrelated in (True, False)
    }
    told = [row for row in rows if row["truth"] in DETERMINED and not row["shuffled"]]
    return {
        "determined": _gap(lows[True], lows[False]),
        "related": _gap(best[False], best[True]),
        "share": _shares(rows),
        # Who determines shares all directions of the other one; the unrelated share none.
        "correlation": _correlations(
            told + [row for row in rows if row["truth"] == UNRELATED],
            lambda row: 0 if row["truth"] == UNRELATED else min(row["true_dimension"].values()),
        ),
    }


def explain(row: Row, settings: Verdict) -> str:
    """Return why a relation is wrong: which piece of evidence missed its threshold."""
    wanted, texts = DETERMINED.get(row["truth"], ()), []
    for direction, (source, _) in DIRECTIONS.items():
        low = row["r2"].get(direction, [0.0])[0]
        new = row["dimension"]["joint"] - row["dimension"][source]
        if direction in wanted and low < settings.determined:
            texts.append(f"R² {direction.replace('_', ' ')} reaches {low:.3f} only")
        if direction in wanted and new:
            texts.append(f"{new} local directions of the target seem new ({direction})")
        if direction not in wanted and low >= settings.determined and not new:
            texts.append(f"R² {direction.replace('_', ' ')} reaches {low:.3f}")
    best = max((one[0] for one in row["r2"].values()), default=0.0)
    if not wanted and not texts:
        texts.append(f"the larger R² has a lower end of {best:.3f}")
    if row["relation"] != EQUIVALENT and not texts:
        texts.append(f"the aligned coordinates agree no better than by chance, p {row['p_value']}")
    return "; ".join(texts)


def report(rows: Mapping[str, Sequence[Row]], settings: Verdict, seed: int) -> dict[str, Any]:
    """Return the content of ``benchmark.json`` from the rows of both halves.

    ``rows`` are those of ``calibration`` and ``held_out``.
    """
    figures = {}
    for half, own in rows.items():
        kinds = {"all": [*own]}
        for row in own:
            kinds.setdefault(row["kind"], []).append(row)
        figures[half] = {kind: summarise(chosen, seed) for kind, chosen in kinds.items()}
    wrong = [
        {**row, "half": half, "why": explain(row, settings)}
        for half, own in rows.items()
        for row in own
        if row["relation"] != row["truth"]
    ]
    return {
        "thresholds": settings.plain(),
        "calibration": calibrate(rows["calibration"]),
        "halves": figures,
        "wrong": wrong,
    }

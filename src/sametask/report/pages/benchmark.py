"""The page of the same-task benchmark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sametask.base.relations import RELATIONS
from sametask.report.figures.benchmark import draw_explained, draw_roc, draw_scores
from sametask.report.pages.benchmark_matching import matching_context, share_text
from sametask.report.pages.rendering import write_with_figures
from sametask.report.pages.saving import save_all
from sametask.report.pictures.picture import Picture
from sametask.report.wording.numbers import interval_text
from sametask.report.wording.relation import relation_words

THRESHOLDS = {
    "determined": "R² (lower end) from which a layer counts as a function of the other",
    "component_r2": "R² (lower end) from which a principal component of a layer is explained",
    "related": "R² (lower end) from which layers count as partly shared",
    "share": "share of the leading variance from which a local direction counts",
    "correlation": "correlation from which a local direction is shared",
}


def _pictures(rows: Sequence[Mapping[str, Any]], thresholds: Mapping[str, float]) -> list[Picture]:
    explained = draw_explained(rows, thresholds["determined"], thresholds["related"])
    return [
        Picture(
            "explained",
            "Why the decision works",
            explained,
            "Lower ends of R² in both directions of all held-out pairs, by true relation.",
            "Each mark is a held-out pair. Equivalent pairs lie in the upper right corner, one-way "
            "pairs at one edge. Dashed: threshold of “function of the other”; dotted: threshold of "
            "“partly shared”. Hollow: the verdict is wrong. A pair in the corner that is "
            "not equivalent has a weak direction that R² overlooks and the local comparison sees.",
        ),
        Picture(
            "roc",
            "Separating equivalent pairs from all others",
            draw_roc(rows),
            "ROC curves of the verdict and of similarity scores.",
            "All held-out pairs. A curve through the upper left corner separates all pairs.",
        ),
        Picture(
            "scores",
            "Every score, pair by pair",
            draw_scores(rows),
            "Scores of equivalent pairs beside those of all other pairs.",
            "Where the two columns overlap, no threshold separates equivalent pairs from others. "
            "The verdict's score is the smallest of three: both lower ends of R², local "
            "correlation.",
        ),
    ]


def _failures(pairs: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, int]]:
    """Return why layers have no diffusion coordinates, and how many pairs that concerns."""
    reasons = Counter(why for rows in pairs.values() for row in rows for why in row["failures"])
    return reasons.most_common()


def _traps(traps: Mapping[str, Any]) -> dict[str, Any]:
    """Return the traps by kind and half, and those that are wrong."""
    halves = traps["halves"]
    return {
        "traps": [(kind, [halves[half][kind] for half in halves]) for kind in halves["held_out"]],
        "trap_halves": [half.replace("_", " ") for half in halves],
        "trapped": traps["wrong"],
    }


def _context(
    figures: Mapping[str, Any], matching: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    held_out, thresholds = figures["halves"]["held_out"], figures["thresholds"]
    everything = held_out["all"]
    words = {relation: relation_words(relation, "a", "b") for relation in RELATIONS}
    return {
        "networks": figures["networks"],
        "counts": {half: len(rows) for half, rows in figures["pairs"].items()},
        "right": share_text(everything["right"], "relations right"),
        "wrongly": share_text(everything["false_equivalent"], "other pairs called equivalent"),
        "figures": save_all(_pictures(figures["pairs"]["held_out"], thresholds), folder),
        "kinds": list(held_out),
        "areas": [
            (name, [interval_text(held_out[kind]["area"][name]) for kind in held_out])
            for name in everything["area"]
        ],
        "shares": [
            (kind, held_out[kind]["right"], held_out[kind]["false_equivalent"]) for kind in held_out
        ],
        "words": words,
        "confusion": [
            (words[truth], [counts[relation] for relation in RELATIONS])
            for truth, counts in everything["confusion"].items()
        ],
        "wrong": figures["wrong"],
        **_traps(figures["traps"]),
        "failures": _failures(figures["pairs"]),
        "calibration": [
            (name, meaning, thresholds[name], figures["calibration"][name])
            for name, meaning in THRESHOLDS.items()
        ],
        "matching": matching_context(matching, folder),
    }


def write_benchmark(
    figures: Mapping[str, Any], matching: Mapping[str, Any], page: str | Path, folder: str | Path
) -> None:
    """Write the page and its figures from ``benchmark.json`` and ``matching.json``."""
    write_with_figures(page, folder, "benchmark.html", partial(_context, figures, matching))

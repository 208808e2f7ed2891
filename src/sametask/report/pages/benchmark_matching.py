"""The part of the benchmark's page on matches by few shared inputs, and their confidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sametask.report.figures.benchmark import draw_confidence
from sametask.report.pages.saving import save_all
from sametask.report.pictures.picture import Picture

HALVES = ("calibration", "held_out")


def share_text(share: Mapping[str, Any], what: str) -> str:
    """Return a share in words: count, total, what is counted, and its interval."""
    low, high = (f"{end:.1%}".replace("%", " %") for end in share["interval"])
    return f"{share['count']} of {share['of']} {what} (95 % interval {low} to {high})"


def _picture(matching: Mapping[str, Any]) -> Picture:
    tried = {
        half: [row for row in rows if row["ranks"][0] == row["ranks"][1]]
        for half, rows in matching["pairs"].items()
    }
    limits, stored = matching["limits"], matching["calibration"]
    return Picture(
        "confidence",
        "How likely a match is right",
        draw_confidence(tried, stored["stored"], stored["stored_interval"], limits["confidence"]),
        "Stress of right and wrong matches with the confidence curve, for both halves.",
        "Each mark is a pair of layers with equally many local directions: right matches are the "
        "upper marks, wrong ones the lower marks; full: reported as found. The curve is the "
        "confidence, with its 95 % interval in grey; it is calibrated on the left half and "
        "tested on the right half. Dotted: the confidence from which a match is reported as "
        "found. A stress above 1 is drawn at 1.",
    )


def _classes(half: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the ends, the mean and the number of right matches of every class of confidence."""
    return [
        (
            f"{row['from']:g} to {row['to']:g}",
            "–" if row["mean"] is None else f"{row['mean']:.3f}",
            f"{row['right']['count']} of {row['right']['of']}",
        )
        for row in half["reliability"]
    ]


def matching_context(matching: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what the template shows of ``matching.json``; its figure is saved to ``folder``."""
    halves = matching["halves"]
    shares = {
        "not_found": "other pairs reported not found",
        "not_found_equal_ranks": "other pairs with as many local directions reported not found",
        "found_right": "found matches right",
    }
    wrong = [
        row
        for half in HALVES
        for row in matching["pairs"][half]
        if row["found"] and not row["right"]
    ]
    return {
        **{key: matching[key] for key in ("settings", "limits", "calibration")},
        "figures": save_all([_picture(matching)], folder),
        "shares": [
            [share_text(halves[half][key], what) for half in HALVES] for key, what in shares.items()
        ],
        "recall": [
            (name, [halves[half]["recall"].get(name) for half in HALVES])
            for name in dict.fromkeys(name for half in HALVES for name in halves[half]["recall"])
        ],
        "reliability": _classes(halves["held_out"]),
        "wrong": wrong,
    }

"""What the benchmark's page says of matches by few shared inputs, and of their confidence."""

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


def _picture(found: Mapping[str, Any]) -> Picture:
    tried = {
        half: [row for row in rows if row["ranks"][0] == row["ranks"][1]]
        for half, rows in found["pairs"].items()
    }
    limits, stored = found["limits"], found["calibration"]
    return Picture(
        "confidence",
        "How likely a match is right",
        draw_confidence(tried, stored["stored"], stored["stored_interval"], limits["confidence"]),
        "Stress of right and wrong matches with the confidence curve, for both halves.",
        "Each mark is a pair of layers with equally many local directions: above, matches that are "
        "right, below, those that are not; full: reported as found. The curve is the confidence, "
        "with its 95 % interval in grey; it is calibrated on the left half and judged on the right "
        "one. Dotted: the confidence "
        "from which a match is called found. Whatever misses lengths by more than themselves "
        "stands at 1.",
    )


def _classes(half: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return for every class of confidence its ends, its mean, and the share that is right."""
    return [
        (
            f"{one['from']:g} to {one['to']:g}",
            "–" if one["mean"] is None else f"{one['mean']:.3f}",
            f"{one['right']['count']} of {one['right']['of']}",
        )
        for one in half["reliability"]
    ]


def matching_context(found: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return what the template shows of ``matching.json``; its figure is saved to ``folder``."""
    halves = found["halves"]
    shares = {
        "not_found": "other pairs reported not found",
        "not_found_equal_ranks": "other pairs with as many local directions reported not found",
        "found_right": "found matches right",
    }
    called = [
        row for half in HALVES for row in found["pairs"][half] if row["found"] and not row["right"]
    ]
    return {
        **{key: found[key] for key in ("settings", "limits", "calibration")},
        "figures": save_all([_picture(found)], folder),
        "shares": [
            [share_text(halves[half][key], what) for half in HALVES] for key, what in shares.items()
        ],
        "recall": [
            (name, [halves[half]["recall"].get(name) for half in HALVES])
            for name in dict.fromkeys(name for half in HALVES for name in halves[half]["recall"])
        ],
        "reliability": _classes(halves["held_out"]),
        "wrong": called,
    }

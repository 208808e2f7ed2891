"""Whether a match was found, as a badge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sametask.report.wording.numbers import share
from sametask.report.wording.relation import Badge

FOUND, NOT_FOUND = "found", "not_found"
MEANINGS = {
    FOUND: "each network has its own samples; each sample was matched to a place in the other",
    NOT_FOUND: "no reliable match was found; the page of the pair says why",
}


def short_badge(relation: str) -> Badge:
    """Return the badge of ``FOUND`` or ``NOT_FOUND``."""
    return Badge(relation, "✓" if relation == FOUND else "✗", f"Match {relation.replace('_', ' ')}")


def match_badge(match: Mapping[str, Any]) -> Badge:
    """Return the badge of an alignment's attributes."""
    shown = short_badge(FOUND if match["found"] else NOT_FOUND)
    return replace(shown, text=f"{shown.text}, confidence {share(match['confidence'])}")

"""Phrases of which the sentences on a verdict are made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sametask.base.relations import DIRECTIONS


def per_cent(r2: float) -> str:
    """Return a fraction in words; it is never rounded to 100 %."""
    if r2 < 0.001:
        return "nothing"
    return "over 99.9 %" if r2 > 0.999 else f"{100 * r2:.1f} %"


def counted(count: int, thing: str) -> str:
    """Return a number of things: one neuron, two neurons."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def joined(clauses: Sequence[str]) -> str:
    """Return clauses as an enumeration."""
    return " and ".join(filter(None, [", ".join(clauses[:-1]), clauses[-1]]))


def layer_of(network: Mapping[str, str]) -> str:
    """Return a network with its layer in brackets."""
    return f"{network['name']} ({network['layer']})"


def explained_both_ways(verdict: Mapping[str, Any]) -> str:
    """Return how much of each layer the other explains, without directions that have no R²."""
    networks, r2 = verdict["networks"], verdict["r2"]
    return ", ".join(
        f"{networks[source]['name']} explains {per_cent(r2[direction][1])} of "
        f"{networks[target]['name']}"
        for direction, (source, target) in DIRECTIONS.items()
        if direction in r2
    )

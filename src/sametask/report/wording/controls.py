"""The controls of a pair: their names, and what replaces the networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import JudgedPair
from sametask.verdict.layers.alarms import as_related

# The direction that begins at each side.
FORTH = {source: direction for direction, (source, _) in DIRECTIONS.items()}


@dataclass(frozen=True)
class Control:
    """A control: what is compared in place of networks a and b, and the result.

    ``direction`` leads from what replaces a network to the other network; shuffled pairs have none.
    """

    label: str
    a: str
    b: str
    facts: Mapping[str, Any]
    direction: str | None = None


def is_alarming(pair: JudgedPair, control: Control) -> bool:
    """Return whether a control is as related as the pair; one that failed is not."""
    if "relation" not in control.facts:
        return False
    ways = [control.direction] if control.direction else list(DIRECTIONS)
    return any(as_related(pair.verdict, control.facts, direction) for direction in ways)


def controls_of(pair: JudgedPair) -> Iterator[Control]:
    """Yield every control of a pair; there is one for each network that is replaced."""
    controls, names = pair.verdict["controls"], {"a": pair.a.name, "b": pair.b.name}
    untrained, different = (controls.get(kind, {}) for kind in ("untrained", "different_task"))
    if "shuffled_pairs" in controls:
        yield Control("shuffled pairs", pair.a.name, pair.b.name, controls["shuffled_pairs"])
    for side, name in names.items():
        if side in untrained:
            copy = f"{name} untrained"
            ends = names | {side: copy}
            yield Control(copy, ends["a"], ends["b"], untrained[side], FORTH[side])
    for side, name in names.items():
        if side in different:
            other = different["network"]
            label, ends = f"{other} (another task) for {name}", names | {side: other}
            yield Control(label, ends["a"], ends["b"], different[side], FORTH[side])

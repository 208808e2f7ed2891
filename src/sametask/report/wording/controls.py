"""The controls of a pair: their names, and what replaces the networks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sametask.report.data.experiment import JudgedPair


@dataclass(frozen=True)
class Control:
    """A control: what is compared in place of networks a and b, and the result."""

    label: str
    a: str
    b: str
    facts: Mapping[str, Any]


def controls_of(pair: JudgedPair) -> Iterator[Control]:
    """Yield every control of a pair; there is one for each network that is replaced."""
    controls, names = pair.verdict["controls"], {"a": pair.a.name, "b": pair.b.name}
    yield Control("shuffled pairs", *names.values(), controls["shuffled_pairs"])
    different = controls.get("different_task", {})
    for side, name in names.items():
        if side in controls["untrained"]:
            copy = f"{name} untrained"
            yield Control(copy, *(names | {side: copy}).values(), controls["untrained"][side])
    for side, name in names.items():
        if side in different:
            other = different["network"]
            instead = (names | {side: other}).values()
            yield Control(f"{other} (another task) for {name}", *instead, different[side])

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
    yield Control("shuffled pairs", pair.a.name, pair.b.name, controls["shuffled_pairs"])
    different = controls.get("different_task", {})
    for side, name in names.items():
        if side in controls["untrained"]:
            copy = f"{name} untrained"
            ends = names | {side: copy}
            yield Control(copy, ends["a"], ends["b"], controls["untrained"][side])
    for side, name in names.items():
        if side in different:
            other = different["network"]
            ends, label = names | {side: other}, f"{other} (another task) for {name}"
            yield Control(label, ends["a"], ends["b"], different[side])

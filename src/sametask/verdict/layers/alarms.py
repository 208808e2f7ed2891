"""Alarms: controls that are as related as the pair, so that its relation says little.

A control replaces one side of a pair. It is as related as the pair
- if the pair is equivalent or one-way: if the control has the same functions, or more;
- if the pair is partly shared: if the control has a function, or if what replaces a network
  explains as much of the other network as that network itself. Both explain the same held-out
  layer, so that both R² have one scale. "As much" means that the interval of the control reaches
  that of the pair.

If no function was found between the networks of a pair, only equivalent controls are alarming.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sametask.base.relations import (
    A_DETERMINES_B,
    B_DETERMINES_A,
    DIRECTIONS,
    EQUIVALENT,
    PARTIAL,
    UNRELATED,
)
from sametask.verdict.layers.phrases import joined, layer_of, per_cent

# The directions in which the target is a function of the source.
FUNCTIONS = {
    EQUIVALENT: frozenset(DIRECTIONS),
    A_DETERMINES_B: frozenset({"a_to_b"}),
    B_DETERMINES_A: frozenset({"b_to_a"}),
    PARTIAL: frozenset(),
    UNRELATED: frozenset(),
}
SHUFFLED = "shuffled_pairs"
COPY = "an untrained copy"


@dataclass(frozen=True)
class Replaced:
    """The outcome of a control in which ``side`` of the pair is replaced.

    ``who`` names what replaces it, inside a sentence; ``about`` is what the relation says nothing
    about.
    """

    side: str
    who: str
    about: str
    outcome: Mapping[str, Any]

    @property
    def kept(self) -> str:
        """The side that is not replaced."""
        return "b" if self.side == "a" else "a"

    @property
    def forth(self) -> str:
        """The direction from what replaces a network to the other network."""
        return next(way for way, (source, _) in DIRECTIONS.items() if source == self.side)


def by_side(control: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the outcomes of a control by the side that it replaces; shuffled pairs replace b."""
    sides = {side: control[side] for side in ("a", "b") if side in control}
    return sides or {"b": control}


def _replaced(verdict: Mapping[str, Any]) -> Iterator[Replaced]:
    """Yield the outcomes of all controls that could be computed, except of shuffled pairs."""
    for name, control in verdict["controls"].items():
        for side, outcome in by_side(control).items() if name != SHUFFLED else ():
            if "relation" not in outcome:
                continue
            if name == "untrained":
                copied = verdict["networks"][side]["name"]
                yield Replaced(side, f"{COPY} of {copied}", "training", outcome)
            else:
                who = f"{control['network']}, which learned a different task,"
                yield Replaced(side, who, "the task", outcome)


def explains_as_much(
    verdict: Mapping[str, Any], outcome: Mapping[str, Any], direction: str
) -> bool:
    """Return whether the R² of a control is not below that of the pair, by their intervals."""
    pair, control = verdict["r2"].get(direction), outcome["r2"].get(direction)
    return bool(pair and control) and control[2] >= pair[0]


def as_related(verdict: Mapping[str, Any], outcome: Mapping[str, Any], direction: str) -> bool:
    """Return whether a control is as related as the pair.

    ``direction`` leads from what replaces a network to the other network.
    """
    relation, functions = verdict["relation"], FUNCTIONS[outcome["relation"]]
    if outcome["relation"] == EQUIVALENT:
        return True
    if relation == PARTIAL:
        shares = outcome["relation"] != UNRELATED
        return bool(functions) or (shares and explains_as_much(verdict, outcome, direction))
    return relation != UNRELATED and functions >= FUNCTIONS[relation]


def _begun(text: str) -> str:
    """Return a text as the beginning of a sentence; names of networks are not changed."""
    return text[0].upper() + text[1:] if text.startswith(COPY) else text


def _of_shuffled(verdict: Mapping[str, Any]) -> list[str]:
    """Return the alarm that shuffled pairs are as related as the pair."""
    outcome = verdict["controls"].get(SHUFFLED, {})
    if "relation" not in outcome:
        return []
    if not any(as_related(verdict, outcome, direction) for direction in DIRECTIONS):
        return []
    return [
        "Shuffled pairs are as related as the true ones: on these samples the evidence means "
        "nothing."
    ]


def _of_function(verdict: Mapping[str, Any], control: Replaced) -> str:
    """Return the alarm of a control that has a function."""
    networks = verdict["networks"]
    kept = layer_of(networks[control.kept])
    if control.outcome["relation"] == EQUIVALENT:
        return (
            f"{_begun(control.who)} is equivalent to {kept} as well: here a layer keeps everything "
            "that tells these inputs apart, whatever it was trained for. Equivalence at these "
            "layers says nothing about the task."
        )
    determines = control.forth in FUNCTIONS[control.outcome["relation"]]
    verb = "determines" if determines else "is determined by"
    return (
        f"{_begun(control.who)} {verb} {kept} as well: that relation says nothing about "
        f"{control.about}."
    )


def _of_parts(verdict: Mapping[str, Any], controls: list[Replaced]) -> list[str]:
    """Return one alarm for all controls that explain as much as the networks that they replace."""
    if not controls:
        return []
    networks = verdict["networks"]
    clauses = [
        f"{control.who} explains {per_cent(control.outcome['r2'][control.forth][1])} of "
        f"{networks[control.kept]['name']} ({networks[control.side]['name']} itself "
        f"{per_cent(verdict['r2'][control.forth][1])})"
        for control in controls
    ]
    about = joined(list(dict.fromkeys(control.about for control in controls)))
    return [
        f"{_begun(joined(clauses))}: that these layers share a part says nothing about {about}."
    ]


def alarms(verdict: Mapping[str, Any]) -> list[str]:
    """Return a sentence on every control that is as related as the pair."""
    related = [
        control
        for control in _replaced(verdict)
        if as_related(verdict, control.outcome, control.forth)
    ]
    functions = [control for control in related if FUNCTIONS[control.outcome["relation"]]]
    parts = [control for control in related if control not in functions]
    return [
        *_of_shuffled(verdict),
        *(_of_function(verdict, control) for control in functions),
        *_of_parts(verdict, parts),
    ]

"""Verdicts as lines of text on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sametask.base.relations import (
    A_DETERMINES_B,
    B_DETERMINES_A,
    DIRECTIONS,
    EQUIVALENT,
    PARTIAL,
    UNRELATED,
)
from sametask.report.wording.numbers import interval_text
from sametask.report.wording.relation import LAYERS, Vocabulary, relation_words, seen_from_rows

# The relation of a row to a column, in characters that every terminal font has.
SIGNS = {EQUIVALENT: "=", A_DETERMINES_B: "→", B_DETERMINES_A: "←", PARTIAL: "~", UNRELATED: "·"}
LEGEND = ", ".join(
    f"{sign} {relation_words(relation, 'row', 'column').lower()}"
    for relation, sign in SIGNS.items()
)


def _outcome(control: Mapping[str, Any]) -> str:
    relation = control.get("relation", f"failed, {control.get('failed')}")
    if relation == UNRELATED:
        return relation_words(relation, "", "").lower()
    return relation.replace("_", " ")


def _control_lines(verdict: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return a line for each control; most of them replace one network, a or b."""
    lines = []
    for kind, control in verdict["controls"].items():
        sides = [side for side in names if side in control]
        label = f"control, {kind.replace('_', ' ')}"
        lines += [f"{label} for {names[side]}: {_outcome(control[side])}" for side in sides]
        if not sides:
            lines.append(f"{label}: {_outcome(control)}")
    return lines


def _stitched_lines(verdict: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return a line for each direction: the default map, and what its stitched network answers."""
    lines = []
    for direction, figures in verdict.get("stitched", {}).items():
        source, target = DIRECTIONS[direction]
        told = [
            f"{words} {figures[key]:.4f}"
            for key, words in (("agreement", "agreement"), ("kappa", "κ"), ("output_r2", "R²"))
            if key in figures
        ]
        way = f"{names[source]} → {names[target]}"
        lines.append(f"stitched {way} by {figures['map']}: answers with {', '.join(told)}")
    return lines


def _evidence_lines(verdict: Mapping[str, Any]) -> list[str]:
    names = {side: network["name"] for side, network in verdict["networks"].items()}
    lines = [
        f"R² {names[source]} → {names[target]}: {interval_text(verdict['r2'][direction])}"
        for direction, (source, target) in DIRECTIONS.items()
        if direction in verdict["r2"]
    ]
    aligned = verdict.get("procrustes")
    tested = aligned and f"p = {aligned['p_value']:.3g} ({aligned['shuffles']} shuffles)"
    lines += [f"aligned coordinates: {tested or 'not tested'}", _local_line(verdict)]
    return lines + _stitched_lines(verdict, names) + _control_lines(verdict, names)


def _local_line(verdict: Mapping[str, Any]) -> str:
    dimension, local = verdict["dimension"], verdict.get("local_correlation")
    line = f"local directions: {dimension['a']} and {dimension['b']}"
    if local is None:
        return f"{line}, not compared: each network was perturbed inside"
    return (
        f"{line}, together {dimension['joint']}; smallest correlation {local['median']:.3f} "
        "(median)"
    )


def verdict_text(verdict: Mapping[str, Any]) -> str:
    """Return one verdict: the sentence, alarms and failures, evidence, notes."""
    lines = [verdict["sentence"]]
    lines += [f"  !! {text}" for text in [*verdict["alarms"], *verdict.get("failures", [])]]
    lines += [f"  {text}" for text in _evidence_lines(verdict)]
    lines += [f"  note: {text}" for text in verdict["notes"]]
    return "\n".join(lines)


def matrix(
    verdicts: Sequence[Mapping[str, Any]],
    of: Vocabulary = LAYERS,
    signs: Mapping[str, str] = SIGNS,
    legend: str = LEGEND,
) -> str:
    """Return the relations between all networks as a table of signs, rows to columns."""
    seen = seen_from_rows(verdicts, of)
    cells = {pair: signs[relation] for pair, (relation, _) in seen.items()}
    names = list(dict.fromkeys(name for pair in cells for name in pair))
    table = [["", *names], *([row, *(cells.get((row, to), "") for to in names)] for row in names)]
    width = max(map(len, names))
    lines = [" ".join(f"{cell:>{width}}" for cell in row).rstrip() for row in table]
    return "\n".join([*lines, legend])

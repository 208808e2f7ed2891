"""Verdicts as a terminal shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sametask.base.errors import StoreError, nearest, quoted, reason
from sametask.base.relations import DIRECTIONS
from sametask.storage.json_files import read_json

WORDS = {
    "equivalent": "=",
    "a_determines_b": "→",
    "b_determines_a": "←",
    "partial": "~",
    "unrelated": "·",
}
LEGEND = "= equivalent, → row determines column, ← column determines row, ~ partly, · unrelated"


def read_verdicts(folder: Path, pair: str | None = None) -> list[dict[str, Any]]:
    """Return the verdicts below ``results/{experiment}``, of one pair or of all.

    Raises ``StoreError`` if there are none yet, or if one is damaged.
    """
    if not folder.is_dir():
        beside = [path.name for path in folder.parent.glob("*/") if path.is_dir()]
        hint = f"; {nearest(folder.name, beside)}" if beside else ""
        raise StoreError(f"{folder}: no such folder{hint}")
    found = {path.parent.name: path for path in sorted(folder.glob("*/verdict.json"))}
    if not found:
        raise StoreError(f"{folder}: {_why_none(folder)}")
    if pair is not None and pair not in found:
        raise StoreError(f"{folder}: no pair {quoted(pair)}; {nearest(pair, found)}")
    return [_read(path) for name, path in found.items() if pair in (None, name)]


def _why_none(folder: Path) -> str:
    """Say why a folder has no verdicts: one level too low, one too high, or not made yet."""
    if (folder / "verdict.json").is_file():
        return f"one pair's folder; run sametask verdict {folder.parent} {folder.name}"
    below = sorted({path.parents[1].name for path in folder.glob("*/*/verdict.json")})
    if below:
        return f"not the folder of one experiment; {nearest(folder.name, below)}"
    name = folder.resolve().name
    matches = _matches(folder)
    if matches:
        return (
            "networks on samples of their own have matches, not verdicts: "
            f"{', '.join(matches)}; read results/{name}/report.html"
        )
    return f"no verdict yet; run snakemake --cores all results/{name}/report.html"


def _matches(folder: Path) -> list[str]:
    """Return what was found of each pair whose networks share only a few inputs."""
    found = {path.parent.name: _found(path) for path in sorted(folder.glob("*/evaluation.json"))}
    return [
        f"{pair} {'found' if match else 'not found'}"
        for pair, match in found.items()
        if match is not None
    ]


def _found(path: Path) -> bool | None:
    """Return whether an evaluation says that a match was found, if it is one of a match."""
    alignment = read_json(path).get("alignment")
    return alignment.get("found") if isinstance(alignment, dict) else None


def _read(path: Path) -> dict[str, Any]:
    verdict = read_json(path)
    try:
        # Whole JSON may still be no verdict: what cannot be shown is damaged for --json as well.
        matrix([verdict])
        told(verdict)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StoreError(f"{path}: damaged ({reason(error)}); delete it and run again") from error
    return verdict


def _interval(interval: Sequence[float]) -> str:
    low, estimate, high = interval
    return f"{estimate:.4f} [{low:.4f}, {high:.4f}]"


def _evidence(verdict: Mapping[str, Any]) -> list[str]:
    names = {side: network["name"] for side, network in verdict["networks"].items()}
    lines = [
        f"R² {names[source]} → {names[target]}: {_interval(verdict['r2'][direction])}"
        for direction, (source, target) in DIRECTIONS.items()
        if direction in verdict["r2"]
    ]
    aligned, dimension = verdict.get("procrustes"), verdict["dimension"]
    local = verdict["local_correlation"]
    tested = aligned and f"p = {aligned['p_value']:.3g} ({aligned['shuffles']} shuffles)"
    lines += [
        f"aligned coordinates: {tested or 'not tested'}",
        f"local directions: {dimension['a']} and {dimension['b']}, together {dimension['joint']}; "
        f"smallest correlation {local['median']:.3f} (median)",
    ]
    for name, control in verdict["controls"].items():
        sides = {side: control[side] for side in ("a", "b") if side in control} or {"": control}
        for side, one in sides.items():
            who = f" for {names[side]}" if side else ""
            lines.append(f"control, {name.replace('_', ' ')}{who}: {_outcome(one)}")
    return lines


def _outcome(control: Mapping[str, Any]) -> str:
    return control.get("relation", f"failed, {control.get('failed')}").replace("_", " ")


def told(verdict: Mapping[str, Any]) -> str:
    """Return one verdict: the sentence, alarms and failures, evidence, notes."""
    lines = [verdict["sentence"]]
    lines += [f"  !! {text}" for text in [*verdict["alarms"], *verdict.get("failures", [])]]
    lines += [f"  {text}" for text in _evidence(verdict)]
    lines += [f"  note: {text}" for text in verdict["notes"]]
    return "\n".join(lines)


def matrix(verdicts: Sequence[Mapping[str, Any]]) -> str:
    """Return the relations of more than two networks as a table of signs, rows to columns."""
    mirrored = {**WORDS, "a_determines_b": "←", "b_determines_a": "→"}
    signs = {}
    for one in verdicts:
        a, b = (one["networks"][side]["name"] for side in ("a", "b"))
        signs[a, b], signs[b, a] = WORDS[one["relation"]], mirrored[one["relation"]]
    names = list(dict.fromkeys(name for pair in signs for name in pair))
    width = max(map(len, names))
    lines = [" ".join([" " * width, *(f"{name:>{width}}" for name in names)])]
    for row in names:
        cells = (signs.get((row, column), "") for column in names)
        lines.append(
            " ".join([f"{row:>{width}}", *(f"{cell:>{width}}" for cell in cells)]).rstrip()
        )
    return "\n".join([*lines, LEGEND])

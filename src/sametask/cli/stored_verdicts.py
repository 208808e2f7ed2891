"""Find and read the verdicts below a folder of results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sametask.base.errors import StoreError, nearest, quoted, reason
from sametask.cli.task_lines import both_matrices, pair_text
from sametask.report.data.verdicts import read_verdict
from sametask.storage.json_files import read_json


def read_verdicts(folder: Path, pair: str | None = None) -> list[dict[str, Any]]:
    """Return the verdicts below ``results/{experiment}``, of one pair or of all.

    Raises ``StoreError`` if there are none yet, or if one is damaged.
    """
    if not folder.is_dir():
        beside = [path.name for path in folder.parent.glob("*/") if path.is_dir()]
        hint = f"; {nearest(folder.name, beside)}" if beside else ""
        raise StoreError(f"{folder}: no such folder{hint}")
    paths = {path.parent.name: path for path in sorted(folder.glob("*/verdict.json"))}
    if not paths:
        raise StoreError(f"{folder}: {_why_none(folder)}")
    if pair is not None and pair not in paths:
        raise StoreError(f"{folder}: no pair {quoted(pair)}; {nearest(pair, paths)}")
    return [_read(path) for name, path in paths.items() if pair in (None, name)]


def _why_none(folder: Path) -> str:
    """Say why a folder has no verdicts: one level too low, one too high, or not made yet."""
    if (folder / "verdict.json").is_file():
        return f"the folder of one pair; run sametask verdict {folder.parent} {folder.name}"
    below = sorted({path.parents[1].name for path in folder.glob("*/*/verdict.json")})
    if below:
        return f"not the folder of one experiment; {nearest(folder.name, below)}"
    name = folder.resolve().name
    matches = _matches(folder)
    if matches:
        return (
            "networks with samples of their own have matches instead of verdicts: "
            f"{', '.join(matches)}; read results/{name}/report.html"
        )
    return f"no verdict yet; run snakemake --cores all results/{name}/report.html"


def _matches(folder: Path) -> list[str]:
    """Return whether a match was found, for each pair whose networks share only a few inputs."""
    found = {
        path.parent.name: _match_found(path) for path in sorted(folder.glob("*/evaluation.json"))
    }
    return [
        f"{pair} {'found' if is_found else 'not found'}"
        for pair, is_found in found.items()
        if is_found is not None
    ]


def _match_found(path: Path) -> bool | None:
    """Return whether a match was found; ``None`` for the evaluation of paired samples."""
    alignment = read_json(path).get("alignment")
    return alignment.get("found") if isinstance(alignment, dict) else None


def _read(path: Path) -> dict[str, Any]:
    verdict = read_verdict(path)
    try:
        # Valid JSON need not be a verdict. If it cannot be shown as text, it counts as damaged,
        # for --json as well.
        both_matrices([verdict])
        pair_text(verdict)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise StoreError(f"{path}: damaged ({reason(error)}); delete it and run again") from error
    return verdict

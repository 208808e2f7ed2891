"""Read ``verdict.json`` of a pair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sametask.base.errors import StoreError
from sametask.storage.json_files import read_json


def read_verdict(path: str | Path) -> dict[str, Any]:
    """Return a verdict with both answers, on the task and on the layers.

    Raises ``StoreError`` for a damaged one, and for one of an earlier version, without the task.
    """
    verdict = read_json(path)
    if isinstance(verdict, dict) and "relation" in verdict and "task" not in verdict:
        raise StoreError(
            f"{path}: no verdict on the task: it was made by an earlier version; delete it and "
            "run again"
        )
    return verdict

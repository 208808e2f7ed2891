"""What a finished store says of itself, and whether it is whole, without a look at its arrays."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = "zarr.json"
# What every header has, and of which type.
KEYS = {"kind": str, "format": int, "digest": str, "parents": dict, "files": dict}


def read_header(store: str | Path) -> dict[str, Any] | None:
    """Return the root attribute ``sametask`` of a store; ``None`` where it cannot be read."""
    try:
        header = json.loads((Path(store) / ROOT).read_text())["attributes"]["sametask"]
        whole = all(isinstance(header[key], kind) for key, kind in KEYS.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return header if whole else None


def damage(store: str | Path) -> str | None:
    """Return what is wrong with the files of a store, ``fit/layers/c/0/0 is truncated``, if any is.

    A file is wrong if it is missing or has another length than when the store was written.
    """
    header = read_header(store)
    if header is None:
        return f"{ROOT} cannot be read"
    for name, size in header["files"].items():
        try:
            found = (Path(store) / name).stat().st_size
        except OSError:
            return f"{name} is missing"
        if found != size:
            return f"{name} is truncated"
    return None

"""The header of a finished store, and a check of its files that does not read its arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sametask.storage.json_files import CHECKSUM, content_digest

ROOT = "zarr.json"
FORMAT = 2
# The keys of every header, and the types of their values.
KEYS = {"kind": str, "format": int, "digest": str, "parents": dict, "files": dict}


def read_header(store: str | Path) -> dict[str, Any]:
    """Return the root attribute ``sametask`` of a store.

    Its checksum covers all of the root's metadata. Raises ``ValueError`` if the header is
    unreadable, of another format, or was changed.
    """
    try:
        root = json.loads((Path(store) / ROOT).read_text())
        header = root["attributes"]["sametask"]
        known = all(isinstance(header[key], kind) for key, kind in KEYS.items())
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{ROOT} cannot be read") from error
    if not known:
        raise ValueError(f"{ROOT} cannot be read")
    if header["format"] != FORMAT:
        raise ValueError(f"is of format {header['format']}, and this version reads {FORMAT}")
    if header.pop(CHECKSUM, None) != content_digest(root):
        raise ValueError(f"{ROOT} is damaged")
    return header


def changed_length(folder: Path, files: Mapping[str, list]) -> str | None:
    """Return which of ``{name: [size, SHA-256]}`` is missing or has another size, or ``None``."""
    for name, (size, _) in files.items():
        try:
            length = (folder / name).stat().st_size
        except OSError:
            return f"{name} is missing"
        if length != size:
            return f"{name} is truncated" if length < size else f"{name} is too long"
    return None

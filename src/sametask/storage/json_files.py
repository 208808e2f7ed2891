"""JSON files with a checksum of their content, so that a changed digit is noticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sametask.base.errors import StoreError, reason
from sametask.storage.atomic import replacing

CHECKSUM = "checksum"


def content_digest(content: Any) -> str:
    """Return SHA-256 of a JSON value; its layout and the order of its keys do not count."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def file_digest(path: Path) -> str:
    """Return SHA-256 of the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_state(path: Path) -> list:
    """Return the size of a file and the digest of its bytes."""
    return [path.stat().st_size, file_digest(path)]


def read_json(path: str | Path) -> dict[str, Any]:
    """Read a file of ``write_json``; ``StoreError`` if it is missing, damaged or too old."""
    try:
        content = json.loads(Path(path).read_text())
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{path}: damaged ({reason(error)}); delete it and run again") from error
    checksum = content.pop(CHECKSUM, None) if isinstance(content, dict) else None
    if checksum != content_digest(content):
        raise StoreError(f"{path}: damaged, or of an older version; delete it and run again")
    return content


def write_json(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write values to a JSON file; NaN, which JSON does not have, is an error.

    The key ``checksum`` is added, SHA-256 of all others.
    """
    plain = json.loads(json.dumps(content, allow_nan=False))
    text = json.dumps({**plain, CHECKSUM: content_digest(plain)}, indent=2)
    with replacing(path) as unfinished:
        unfinished.write_text(text + "\n")

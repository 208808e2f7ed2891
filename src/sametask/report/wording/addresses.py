"""Names that are safe in paths and addresses."""

from __future__ import annotations

import re


def file_name(name: str) -> str:
    """Return a name with nothing in it that a path or an address gives a meaning to."""
    return re.sub(r"[^\w.-]+", "_", name)

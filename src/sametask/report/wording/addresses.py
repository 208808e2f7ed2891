"""Names that are safe in paths and addresses."""

from __future__ import annotations

import re


def file_name(name: str) -> str:
    """Return a name without characters that have a meaning in paths or addresses."""
    return re.sub(r"[^\w.-]+", "_", name)

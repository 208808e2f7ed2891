"""Texts that networks put out as rows of bytes in a store; they may be empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sametask.inputs.texts import decode, encode

# What stands for a text without a word.
NOTHING = "∅"


def as_rows(texts: Sequence[str]) -> np.ndarray:
    """Return texts (n) as rows of bytes (n, L), as ``encode`` does; empty ones as ``NOTHING``."""
    return encode([text or NOTHING for text in texts])


def of_rows(rows: np.ndarray) -> list[str]:
    """Undo ``as_rows``."""
    return ["" if text == NOTHING else text for text in decode(rows)]

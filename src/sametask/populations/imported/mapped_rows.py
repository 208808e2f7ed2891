"""Rows of a large .npy file, read a few at a time by a memory map."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sametask.base.errors import DataError, reason

# Rows that are looked through at once: about 40 MB of the small CNN zoo.
AT_ONCE = 2048


class MappedRows:
    """The rows (r, P) of a .npy file in single precision, which memory need not hold.

    ``DataError`` for a file that is cut, has Python objects, other numbers, or other axes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        mapped = self._mapped()
        if mapped.dtype != np.float32:
            raise DataError(f"{path}: has {mapped.dtype}, where float32 is needed")
        if mapped.ndim != 2 or not mapped.size:
            raise DataError(f"{path}: has the shape {mapped.shape}; a row for each network")
        self.shape: tuple[int, int] = mapped.shape

    def _mapped(self) -> np.ndarray:
        try:
            return np.lib.format.open_memmap(self.path, mode="r")
        except (OSError, ValueError, EOFError, OverflowError, TypeError) as error:
            raise DataError(f"{self.path}: truncated or no .npy file: {reason(error)}") from error

    def read(self, rows: np.ndarray | slice) -> np.ndarray:
        """Return a copy of some rows."""
        # A new map for each: what was read by an old one would stay in memory as long as it.
        return np.array(self._mapped()[rows])

    def finite(self) -> np.ndarray:
        """Return for each row (r,) whether all its numbers are finite."""
        starts = range(0, self.shape[0], AT_ONCE)
        blocks = (self.read(slice(start, start + AT_ONCE)) for start in starts)
        return np.concatenate([np.isfinite(block).all(axis=1) for block in blocks])

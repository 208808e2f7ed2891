"""Array data sets: the digits that scikit-learn ships, .npy, .npz and HDF5 files.

Rows are read when they are asked for: a file may be larger than memory (but for .npz, which is
compressed as a whole).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import h5py
import numpy as np

from sametask.errors import ConfigError, DataError, nearest

KINDS = (".npy", ".npz", ".h5", ".hdf5")
# Bytes of inputs that are read at once.
BLOCK_BYTES = 2**26
# Rows that lie closer than this are read with what is between them: HDF5 is slow row by row.
SPARSE = 16


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 1,797 handwritten digits (n, 1, 8, 8) in [0, 1] and their classes (n,)."""
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    return pixels.reshape(-1, 1, 8, 8) / 16.0, classes.astype(np.int64)


def first_not_finite(values: np.ndarray) -> int | None:
    """Return the first of rows (n, …) that has a value that is NaN or infinite, if any has."""
    bad = ~np.isfinite(values).all(axis=tuple(range(1, values.ndim)))
    return int(np.argmax(bad)) if bad.any() else None


@dataclass(frozen=True)
class Table:
    """The rows of a data set: inputs (n, …) and labels (n, …), if any, on disk or in memory."""

    source: str
    inputs: Any
    labels: Any | None

    def __len__(self) -> int:
        return len(self.inputs)

    def blocks(self) -> list[slice]:
        """Return consecutive rows, about 64 MB of inputs each, that together are all of them."""
        row = max(1, self.inputs.dtype.itemsize * int(np.prod(self.inputs.shape[1:])))
        size = max(1, BLOCK_BYTES // row)
        return [slice(start, min(start + size, len(self))) for start in range(0, len(self), size)]

    @contextmanager
    def _undamaged(self) -> Iterator[None]:
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise ConfigError(f"inputs.source: {self.source}: damaged: {error}") from error

    def read(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the inputs and labels of some distinct rows, in the order asked for."""
        back = np.argsort(np.argsort(rows))
        ascending = np.sort(rows)
        with self._undamaged():
            found = (self._ascending(one, ascending) for one in (self.inputs, self.labels))
            inputs, labels = (None if one is None else one[back] for one in found)
        return inputs, None if labels is None else collapsed(labels)

    def _ascending(self, array: Any, rows: np.ndarray) -> np.ndarray | None:
        if array is None or isinstance(array, np.ndarray):
            return None if array is None else np.asarray(array[rows])
        pieces = [np.empty((0, *array.shape[1:]), array.dtype)]
        for block in self.blocks():
            wanted = rows[np.searchsorted(rows, block.start) : np.searchsorted(rows, block.stop)]
            if len(wanted) and len(wanted) * SPARSE > wanted[-1] - wanted[0]:
                pieces.append(array[wanted[0] : wanted[-1] + 1][wanted - wanted[0]])
            elif len(wanted):
                pieces.append(array[wanted])
        return np.concatenate(pieces)

    def require_finite(self) -> None:
        """Refuse inputs that are NaN or infinite, by a ``DataError`` that names the first row."""
        for block in self.blocks():
            with self._undamaged():
                place = first_not_finite(self.inputs[block])
            if place is not None:
                row = block.start + place
                raise DataError(f"{self.source}: row {row} has an input that is not finite")


def collapsed(labels: np.ndarray) -> np.ndarray:
    """Return labels (n,) of several truth values, 0 or 1, a row: whether any of them holds."""
    truths = labels.dtype.kind == "b" or (labels.dtype.kind in "ui" and labels.max(initial=0) <= 1)
    if labels.ndim == 2 and truths:
        return labels.any(axis=1).astype(np.int64)
    if labels.ndim == 2 and labels.shape[1] == 1 and labels.dtype.kind in "ui":
        return labels[:, 0].astype(np.int64)
    return labels.astype(np.int64) if labels.dtype.kind == "b" else labels


def _member(path: Path, file, name: str) -> Any:
    """Return one named array of an open file."""
    if name not in file:
        raise ConfigError(f"{path}: no array {name!r}; {nearest(name, file.keys())}")
    found = file[name]
    if not isinstance(found, np.ndarray | h5py.Dataset) or found.ndim == 0:
        raise ConfigError(f"{path}: {name!r} is no array of rows")
    return found


@contextmanager
def _members(path: Path, inputs: str, labels: str | None) -> Iterator[tuple[Any, Any | None]]:
    if path.suffix == ".npy":
        yield np.load(path, allow_pickle=False, mmap_mode="r"), None
        return
    with np.load(path) if path.suffix == ".npz" else h5py.File(path) as file:
        yield _member(path, file, inputs), _member(path, file, labels) if labels else None


@contextmanager
def open_table(inputs: Mapping[str, Any]) -> Iterator[Table]:
    """Open the data set of a section ``inputs`` with ``domain: array``.

    ``source`` is ``digits`` or a file; nothing in a file is unpickled. Raises ``ConfigError``
    for a missing, damaged or non-numeric file, and for labels of another length.
    """
    source, path = inputs["source"], Path(inputs["source"])
    if source == "digits":
        yield Table(source, *digits())
        return
    if path.suffix not in KINDS:
        raise ConfigError(f"inputs.source: {source!r}; valid: 'digits' or a file in {KINDS}")
    if not path.is_file():
        raise ConfigError(f"inputs.source: {source}: no such file")
    with ExitStack() as opened:
        try:
            found, labels = opened.enter_context(_members(path, inputs["inputs"], inputs["labels"]))
        except (OSError, RuntimeError, ValueError, EOFError, BadZipFile) as error:
            raise ConfigError(f"inputs.source: {path}: damaged or not numeric: {error}") from error
        if found.dtype.kind not in "buif":
            raise ConfigError(f"inputs.source: {path}: damaged or not numeric: {found.dtype}")
        if labels is not None and len(labels) != len(found):
            raise ConfigError(f"{path}: {len(found)} inputs but {len(labels)} labels")
        yield Table(source, found, labels)

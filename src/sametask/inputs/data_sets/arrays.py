"""The rows of data sets: the digits of scikit-learn, .npy, .npz and HDF5 files, texts, and sound.

Rows are read when they are needed, so that a file may be larger than memory. An .npz file is read
as a whole, and so are texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, DataError, about
from sametask.config.sections.data_set_sections import Speech, Text
from sametask.config.sections.input_sections import DataSet
from sametask.inputs.data_sets.labels import collapsed
from sametask.inputs.data_sets.sounds import Clips, read_clips
from sametask.inputs.data_sets.texts import read_texts
from sametask.inputs.data_sets.user_files import (
    KINDS,
    as_config_error,
    members,
    plain,
    require_numbers,
)
from sametask.inputs.finite import first_not_finite
from sametask.inputs.texts import encode, longest

# Largest number of bytes of inputs that are read at once.
BLOCK_BYTES = 2**26
# Rows that are closer than this are read together with those between: HDF5 is slow row by row.
SPARSE = 16


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 1,797 handwritten digits (n, 1, 8, 8) in [0, 1] and their classes (n,)."""
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    return pixels.reshape(-1, 1, 8, 8) / 16.0, classes.astype(np.int64)


@dataclass(frozen=True)
class Table:
    """The rows of a data set, on disk or in memory: inputs (n, …), and labels (n, …) if any.

    If these are two splits, ``fit_rows`` is the number of rows of the first, from which fit samples
    are drawn; test samples are drawn from the others.
    """

    source: str
    inputs: Any
    labels: Any | None
    fit_rows: int | None = None

    def __len__(self) -> int:
        return len(self.inputs)

    def blocks(self) -> list[slice]:
        """Return slices of consecutive rows, about 64 MB of inputs each, that cover all rows."""
        row = max(1, self.inputs.dtype.itemsize * int(np.prod(self.inputs.shape[1:])))
        size = max(1, BLOCK_BYTES // row)
        return [slice(start, min(start + size, len(self))) for start in range(0, len(self), size)]

    def inputs_of(self, block: slice) -> np.ndarray:
        """Return the inputs of consecutive rows."""
        with as_config_error(self.source):
            return plain(self.inputs[block])

    def all_labels(self) -> np.ndarray | None:
        """Return the labels of all rows as they are in the file."""
        with as_config_error(self.source):
            return None if self.labels is None else plain(self.labels[:])

    def read(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the inputs and labels of some distinct rows, in the order asked for."""
        back = np.argsort(np.argsort(rows))
        ascending = np.sort(rows)
        with as_config_error(self.source):
            inputs = plain(self._ascending(self.inputs, ascending)[back])
            if self.labels is None:
                return inputs, None
            return inputs, collapsed(plain(self._ascending(self.labels, ascending)[back]))

    def _ascending(self, array: Any, rows: np.ndarray) -> np.ndarray:
        if isinstance(array, np.ndarray | Clips):
            return np.asarray(array[rows])
        pieces = [np.empty((0, *array.shape[1:]), array.dtype)]
        for block in self.blocks():
            wanted = rows[np.searchsorted(rows, block.start) : np.searchsorted(rows, block.stop)]
            if len(wanted) and len(wanted) * SPARSE > wanted[-1] - wanted[0]:
                pieces.append(array[wanted[0] : wanted[-1] + 1][wanted - wanted[0]])
            elif len(wanted):
                pieces.append(array[wanted])
        return np.concatenate(pieces)

    def require_finite(self) -> None:
        """Raise ``DataError`` that names the first row with an input that is NaN or infinite."""
        # Sound is not decoded for this: whole numbers are finite.
        if isinstance(self.inputs, Clips):
            return
        for block in self.blocks():
            place = first_not_finite(self.inputs_of(block))
            if place is not None:
                row = block.start + place
                raise DataError(f"{self.source}: row {row} has an input that is not finite")


def _of_texts(inputs: Text) -> Table:
    """Return the texts of one split or of two as rows of bytes (n, L), and their classes."""
    how = {"configuration": inputs.configuration, "revision": inputs.revision}
    read = {
        split: read_texts(inputs.source, split, inputs.text, inputs.label, **how)
        for split in inputs.splits
    }
    width = max(longest(part.texts) for part in read.values()) + inputs.room
    rows = []
    for split, part in read.items():
        with about(f"{inputs.source}: {split}"):
            rows.append(encode(part.texts, width))
    labels = [part.labels for part in read.values() if part.labels is not None]
    joined = np.concatenate(labels) if labels else None
    return Table(inputs.source, np.concatenate(rows), joined, len(rows[0]) if rows[1:] else None)


def _of_speech(inputs: Speech) -> Table:
    """Return the clips of one split or of two, and their classes."""
    clips, labels, fit_rows = read_clips(inputs)
    return Table(inputs.source, clips, labels, fit_rows)


@contextmanager
def open_table(inputs: DataSet) -> Iterator[Table]:
    """Open the data set of a section ``inputs``.

    ``source`` is ``digits`` or a file; nothing in a file is unpickled. Of texts and sound, it is
    what ``read_split`` takes. Raises ``ConfigError`` for a file that is missing, damaged, not
    numeric or open in another program, and if the numbers of inputs and labels differ.
    """
    if isinstance(inputs, Text | Speech):
        with about("inputs"):
            table = _of_texts(inputs) if isinstance(inputs, Text) else _of_speech(inputs)
        yield table
        return
    source = inputs.source
    if source is None:
        raise ConfigError("inputs.simulate: the file is not simulated yet")
    path = Path(source)
    if source == "digits":
        yield Table(source, *digits())
        return
    if path.suffix not in KINDS:
        raise ConfigError(f"inputs.source: {source!r}; valid: 'digits' or a file in {KINDS}")
    if not path.is_file():
        raise ConfigError(f"inputs.source: {source}: no such file")
    with ExitStack() as opened:
        with as_config_error(path):
            values, labels = opened.enter_context(members(path, inputs.inputs, inputs.labels))
            require_numbers(path, "inputs", values)
            if labels is not None:
                require_numbers(path, "labels", labels)
        if labels is not None and len(labels) != len(values):
            raise ConfigError(f"{path}: {len(values)} inputs but {len(labels)} labels")
        yield Table(source, values, labels)

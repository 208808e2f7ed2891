"""Write HDF5 files, and verify that all values are on disk.

HDF5 buffers values until a file is closed, and does not always report that the disk is full. So the
file is read again and compared with what was written.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sametask.base.errors import StoreError, reason

Blocks = Iterable[tuple[int, Mapping[str, np.ndarray]]]


@contextmanager
def _numbered() -> Iterator[None]:
    """Raise errors of HDF5 with the error number of the system."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        match = re.search(r"errno = (\d+)", str(error))
        if match is None:
            raise
        raise OSError(int(match[1]), reason(error)) from error


@contextmanager
def _writing(path: Path) -> Iterator[h5py.File]:
    """Open a new HDF5 file; after a block without an error all of it is on disk."""
    file = h5py.File(path, "w")
    try:
        yield file
        file.flush()
    except BaseException:
        # Closing writes the buffered values. If the disk is full, HDF5 ends the process by a
        # signal.
        with suppress(OSError):
            os.truncate(path, 0)
        raise
    finally:
        file.close()
    with path.open("rb") as written:
        os.fsync(written.fileno())


def _digest(values: np.ndarray) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(values).data).digest()


def write_blocks(path: Path, count: int, blocks: Blocks, attributes: Mapping[str, Any]) -> None:
    """Write named arrays of ``count`` rows to an HDF5 file, and read them again.

    Each of ``blocks`` has the number of its first row, and named arrays of its rows. Raises
    ``OSError`` if the disk is full, ``StoreError`` if the file holds other values than were
    written.
    """
    written: list[tuple[str, int, int, bytes]] = []
    with _numbered(), _writing(path) as file:
        file.attrs.update(attributes)
        opened: dict[str, h5py.Dataset] = {}
        for start, arrays in blocks:
            for name, values in arrays.items():
                if name not in opened:
                    shape = (count, *values.shape[1:])
                    opened[name] = file.create_dataset(name, shape, values.dtype)
                opened[name][start : start + len(values)] = values
                written.append((name, start, start + len(values), _digest(values)))
    with h5py.File(path) as file:
        for name, start, stop, digest in written:
            if _digest(file[name][start:stop]) != digest:
                raise StoreError(
                    f"{path.name}: {name!r} was read back with other values than were written; is "
                    "the disk full or damaged? Run again"
                )

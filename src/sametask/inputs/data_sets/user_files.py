"""Read files of the user without running their content, or refuse them in one line."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sametask.base.errors import ConfigError, SametaskError, nearest, reason
from sametask.inputs.data_sets.hdf5 import require_whole

KINDS = (".npy", ".npz", ".h5", ".hdf5")
# Messages of HDF5 on a file that another process writes to.
WRITTEN = ("unable to lock file", "already open for write")
# Largest number of characters of a library's message or type.
LONGEST_QUOTE = 120


def explained(error: Exception) -> str:
    """Return in one line why a library cannot read a file."""
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    if getattr(error, "errno", None) == errno.EAGAIN or any(text in str(error) for text in WRITTEN):
        return (
            "open for writing in another program: close it there and run again; if that was "
            "killed: h5clear -s"
        )
    if "pickle" in str(error) or "Python objects" in str(error):
        return "damaged or not numeric: it holds Python objects, which are never unpickled"
    return f"damaged or not numeric: {reason(error)[:LONGEST_QUOTE]}"


@contextmanager
def as_config_error(source: str | Path) -> Iterator[None]:
    """Turn any exception of a library on a damaged or foreign file into ``ConfigError``."""
    try:
        yield
    except SametaskError:
        raise
    except Exception as error:
        raise ConfigError(f"inputs.source: {source}: {explained(error)}") from error


def plain(values: np.ndarray) -> np.ndarray:
    """Return the same numbers in the byte order of this machine; half precision becomes single."""
    half = values.dtype.kind == "f" and values.dtype.itemsize == 2
    return values.astype(np.float32 if half else values.dtype.newbyteorder("="), copy=False)


def require_numbers(path: Path, what: str, array: Any) -> None:
    """Refuse an array without rows, and numbers that neither float64 nor integers hold."""
    dtype, shape = array.dtype, array.shape
    if dtype.kind not in "buif" or (dtype.kind == "f" and dtype.itemsize > 8):
        shown = "a compound type" if dtype.kind == "V" else str(dtype)
        advice = (
            "numbers: np.unique(labels, return_inverse=True)[1] makes classes of words"
            if what == "labels" and dtype.kind in "OSUT"
            else "save them as float32 or float64"
        )
        raise ConfigError(
            f"inputs.source: {path}: {what} are {shown[:LONGEST_QUOTE]}, not numeric; {advice}"
        )
    if not shape or 0 in shape:
        raise ConfigError(f"inputs.source: {path}: {what} of shape {shape} have no rows")
    if what == "inputs" and len(shape) == 1:
        raise ConfigError(
            f"inputs.source: {path}: inputs of shape ({shape[0]},); every row needs an axis of its "
            f"own, as in ({shape[0]}, 1)"
        )


def _member(path: Path, file: Any, name: str) -> Any:
    """Return one named array of an open .npz or HDF5 file."""
    if name not in file:
        raise ConfigError(f"{path}: no array {name!r}; {nearest(name, file.keys())}")
    array = require_whole(path, file, name) if isinstance(file, h5py.File) else file[name]
    if not isinstance(array, np.ndarray | h5py.Dataset) or not array.shape:
        raise ConfigError(f"{path}: {name!r} is no array of rows")
    return array


def _zipped(path: Path) -> np.lib.npyio.NpzFile:
    array = np.load(path, allow_pickle=False)
    if not isinstance(array, np.lib.npyio.NpzFile):
        raise ConfigError(f"inputs.source: {path}: no .npz file, but a single array; name it .npy")
    return array


@contextmanager
def members(path: Path, inputs: str, labels: str | None) -> Iterator[tuple[Any, Any | None]]:
    """Open a file and yield its inputs and its labels, if these have a name."""
    if path.suffix == ".npy":
        if labels:
            raise ConfigError(
                f"inputs.labels: {path} holds one array and no {labels!r}; valid: .npz, .h5"
            )
        yield np.lib.format.open_memmap(path, mode="r"), None
        return
    with _zipped(path) if path.suffix == ".npz" else h5py.File(path) as file:
        yield _member(path, file, inputs), _member(path, file, labels) if labels else None

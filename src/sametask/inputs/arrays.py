"""Array data sets: the digits that scikit-learn ships, .npy, .npz and HDF5 files."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile

import h5py
import numpy as np

from sametask.errors import ConfigError, nearest

KINDS = (".npy", ".npz", ".h5", ".hdf5")


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return 1,797 handwritten digits (n, 1, 8, 8) in [0, 1] and their classes (n,)."""
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    return pixels.reshape(-1, 1, 8, 8) / 16.0, classes.astype(np.int64)


def _member(path: Path, file, name: str) -> np.ndarray:
    """Return one named array of an open file."""
    if name not in file:
        raise ConfigError(f"{path}: no array {name!r}; {nearest(name, file.keys())}")
    return np.asarray(file[name])


def load_arrays(
    source: str, inputs: str, labels: str | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return inputs (n, …) and labels (n, …) or ``None`` of a data set.

    ``source`` is ``digits`` or a file; nothing in a file is unpickled. Raises ``ConfigError``
    for a missing, damaged or non-numeric file, and for labels of another length.
    """
    if source == "digits":
        return digits()
    path = Path(source)
    if path.suffix not in KINDS:
        raise ConfigError(f"inputs.source: {source!r}; valid: 'digits' or a file in {KINDS}")
    if not path.is_file():
        raise ConfigError(f"inputs.source: {source}: no such file")
    try:
        if path.suffix == ".npy":
            loaded = np.load(path, allow_pickle=False), None
        else:
            with np.load(path) if path.suffix == ".npz" else h5py.File(path) as file:
                named = _member(path, file, labels) if labels else None
                loaded = _member(path, file, inputs), named
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise ConfigError(f"inputs.source: {path}: damaged or not numeric: {error}") from error
    if loaded[1] is not None and len(loaded[1]) != len(loaded[0]):
        raise ConfigError(f"{path}: {len(loaded[0])} inputs but {len(loaded[1])} labels")
    return loaded

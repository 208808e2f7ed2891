"""Accelerometer readings of MotionSense, or of any table with a column of numbers for each reading.

Source: M. Malekzadeh, R. Clegg, A. Cavallaro, H. Haddadi, "Mobile sensor data anonymization", 2019.
Its files ``A_DeviceMotion_data/{activity}_{trial}/sub_{person}.csv`` have an unnamed column of
numbers of readings, and twelve columns such as ``attitude.roll`` and ``userAcceleration.x``.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from sametask.base.errors import DataError, nearest, quoted, reason
from sametask.config.sections.ensemble_data_sections import MotionSense
from sametask.inputs.data_sets.hdf5 import require_whole
from sametask.neurons.data.series import Series
from sametask.populations.imported.tables import number_in, read_table


def motion_sense(section: MotionSense, seed: int) -> Series:
    """Return the readings of all files, one after another; their ends are edges.

    ``seed`` changes nothing. ``DataError`` for a file without the column, with the nearest one;
    for an empty file; and for what is no number, with its line.
    """
    pieces = [_column(Path(path), section.column) for path in section.files]
    values = np.concatenate(pieces)[: section.points]
    if section.points is not None and len(values) < section.points:
        raise DataError(
            f"data.points: {section.points} readings, but the files have {len(values)} in all"
        )
    edges = [int(end) for end in np.cumsum([len(piece) for piece in pieces]) if end < len(values)]
    return Series(values, edges=edges, facts={"rate": section.rate})


def _column(path: Path, column: str) -> np.ndarray:
    """Return the numbers (n,) of a column of a CSV or parquet file, or of an HDF5 data set."""
    read = READERS.get(path.suffix, _of_csv)
    values = read(path, column)
    if values.ndim != 1 or not len(values):
        raise DataError(f"{path}: {quoted(column)} of shape {values.shape} has no readings")
    wrong = np.flatnonzero(~np.isfinite(values))
    if len(wrong):
        # Of a CSV file, the first line has the names.
        line = f"line {wrong[0] + 2}" if read is _of_csv else f"row {wrong[0]}"
        raise DataError(
            f"{path}: {line}: {quoted(column)} is missing or not finite, as in {len(wrong)} "
            "readings; leave the file out, or repair it"
        )
    return values


def _of_csv(path: Path, column: str) -> np.ndarray:
    lines = read_table(path, [column])
    return np.array([number_in(text, f"{path}: line {line}") for line, (text,) in lines])


def _of_hdf5(path: Path, column: str) -> np.ndarray:
    try:
        with h5py.File(path) as file:
            if column not in file:
                near = nearest(column, file.keys())
                raise DataError(f"{path}: no data set {quoted(column)}; {near}")
            return np.asarray(require_whole(path, file, column)[()], dtype=float)
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path}: no HDF5 file of numbers: {reason(error)}") from error


def _of_parquet(path: Path, column: str) -> np.ndarray:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(
            f"{path}: needs the library pyarrow; pip install 'sametask[text]'"
        ) from None
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if column not in names:
                raise DataError(f"{path}: no column {quoted(column)}; {nearest(column, names)}")
            return file.read(columns=[column])[column].to_numpy().astype(float)
    except (OSError, ValueError, ArrowException) as error:
        raise DataError(f"{path}: no parquet file of numbers: {reason(error)}") from error


# By the ending of a file; others are CSV files.
READERS = {".h5": _of_hdf5, ".hdf5": _of_hdf5, ".parquet": _of_parquet}

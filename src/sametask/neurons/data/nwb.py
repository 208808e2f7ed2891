"""Electrocorticograms of a file of Neurodata Without Borders, read by ``pynwb`` (an extra)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, DataError, nearest, quoted, reason
from sametask.config.sections.ensemble_data_sections import EcogRecording
from sametask.neurons.data.ecog import as_rows, readings
from sametask.neurons.data.rows import Rows


def recording(section: EcogRecording, seed: int) -> Rows:
    """Return the powers of the windows that begin with each trial, and the trials' labels.

    ``ConfigError`` without ``pynwb``, and for a series or a column that is not there, with the
    nearest one; ``DataError`` for a file that is damaged, for a trial outside the recording, and
    for readings that are not finite.
    """
    if find_spec("pynwb") is None:
        raise ConfigError("data of nwb need the library pynwb; pip install 'sametask[nwb]'")
    from pynwb import NWBHDF5IO

    try:
        with NWBHDF5IO(section.file, mode="r", load_namespaces=True) as file:
            windows, labels, rate = _windows(file.read(), section)
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{section.file}: no NWB file: {reason(error)}") from error
    if not np.isfinite(windows).all():
        trial = int(np.argmin(np.isfinite(windows).all(axis=(1, 2))))
        raise DataError(f"{section.file}: trial {trial} has readings that are not finite")
    names, classes = np.unique(np.array(labels, str), return_inverse=True)
    return as_rows(windows, classes, [str(name) for name in names], rate, section, seed)


def _parts(file: Any, section: EcogRecording) -> tuple[Any, Any]:
    """Return the series of readings and the table of trials that the settings name."""
    where, trials = section.file, file.trials
    if section.series not in file.acquisition:
        near = nearest(section.series, file.acquisition)
        raise ConfigError(f"{where}: no acquisition {quoted(section.series)}; {near}")
    if trials is None or section.labels not in trials.colnames:
        near = nearest(section.labels, trials.colnames if trials else [])
        raise ConfigError(f"{where}: trials have no column {quoted(section.labels)}; {near}")
    series = file.acquisition[section.series]
    if getattr(series, "rate", None) is None:
        raise DataError(f"{where}: {section.series} has times of its own; a rate is needed")
    shape = np.shape(series.data)
    if len(shape) != 2 or not len(trials):
        raise DataError(
            f"{where}: {section.series} (times, channels) and trials are needed, but there are "
            f"readings of shape {shape} and {len(trials)} trials"
        )
    return series, trials


def _windows(file: Any, section: EcogRecording) -> tuple[np.ndarray, list, float]:
    """Return windows (n, channels, times), the labels of their trials, and the rate in Hz.

    Each channel is less its mean over the window: an offset of the amplifier is no power.
    """
    where, (series, trials) = section.file, _parts(file, section)
    length = readings(series.rate, section.seconds)
    begins = np.asarray(trials["start_time"][:], float) - (series.starting_time or 0.0)
    first = np.round(np.nan_to_num(begins, nan=-1.0) * series.rate).astype(int)
    outside = (first < 0) | (first + length > len(series.data))
    if outside.any():
        trial = int(np.argmax(outside))
        raise DataError(f"{where}: trial {trial} is not inside the recording for all its seconds")
    windows = np.stack([np.asarray(series.data[start : start + length]).T for start in first])
    windows = windows * series.conversion
    windows -= windows.mean(axis=-1, keepdims=True)
    return windows, list(trials[section.labels][:]), float(series.rate)

"""Draw the rows of an ensemble, of whatever kind its settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, DataError
from sametask.config.sections.ensemble_section import Drawn, Windows
from sametask.neurons.data.ecog import ecog
from sametask.neurons.data.films import bar_video, video
from sametask.neurons.data.linear import linear_rows
from sametask.neurons.data.mnist import mnist
from sametask.neurons.data.motion_sense import motion_sense
from sametask.neurons.data.nwb import recording
from sametask.neurons.data.rows import Rows
from sametask.neurons.data.series import Series, gait, noisy_sine
from sametask.neurons.data.tables import digits, iris
from sametask.neurons.data.windows import cut

# By the key `of` of the settings: functions of the section and of the seed.
SERIES: dict[str, Callable[[Any, int], Series]] = {
    "noisy_sine": noisy_sine,
    "gait": gait,
    "motion_sense": motion_sense,
}
OTHERS: dict[str, Callable[[Any, int], Rows]] = {
    "iris": iris,
    "digits": digits,
    "mnist": mnist,
    "bar_video": bar_video,
    "video": video,
    "ecog": ecog,
    "nwb": recording,
    "linear_gaussian": linear_rows,
}


def draw(settings: Mapping[str, Any]) -> Rows:
    """Return the rows of an ensemble; ``settings`` are those of ``Ensemble.drawn()``.

    ``DataError`` for data that cannot be used; it names the file, and the line or the class.
    ``ConfigError`` for networks of another size than the frames of a film.
    """
    drawn = Drawn(**settings)
    if drawn.data.of in SERIES and drawn.windows:
        series = SERIES[drawn.data.of](drawn.data, drawn.seed)
        rows = cut(series, drawn.windows, drawn.data.held_out)
    else:
        rows = OTHERS[drawn.data.of](drawn.data, drawn.seed)
        if drawn.windows is not None:
            _require_size(rows, drawn.windows)
    require_usable(rows)
    return rows


def require_usable(rows: Rows) -> None:
    """Raise ``DataError`` for rows that nothing can be learned from, or measured on.

    That is rows on one side only, rows to learn from that all want the same, and numbers that
    single precision cannot hold.
    """
    held = rows.held_out
    if not (held.any(axis=1) & ~held.all(axis=1)).all():
        raise DataError(
            f"data.held_out: of {held.shape[1]} rows {held[0].sum()} are held out, but some are "
            "needed on both sides; change it, or take more rows"
        )
    if not all(np.isfinite(values.astype(np.float32)).all() for values in _numbers(rows)):
        raise DataError("data: numbers are not finite in single precision, or above 3e38")
    for learned in (rows.wanted[~marked] for marked in held):
        if (learned == learned[:1]).all():
            what = "class" if rows.classified else "numbers"
            raise DataError(f"data: all rows to learn from have the same {what}: nothing to learn")


def _numbers(rows: Rows) -> list[np.ndarray]:
    return [rows.inputs] if rows.classified else [rows.inputs, rows.wanted]


def _require_size(rows: Rows, windows: Windows) -> None:
    """Refuse networks of another size than frames have."""
    pixels = rows.inputs.shape[1]
    for name, size in windows:
        if size != pixels:
            raise ConfigError(f"network.{name}: {size}, but a frame has {pixels} pixels")

"""Draw the rows of an ensemble, of whatever kind its settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sametask.base.errors import ConfigError
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
        return cut(series, drawn.windows, drawn.data.held_out)
    rows = OTHERS[drawn.data.of](drawn.data, drawn.seed)
    if drawn.windows is not None:
        _require_size(rows, drawn.windows)
    return rows


def _require_size(rows: Rows, windows: Windows) -> None:
    """Refuse networks of another size than frames have."""
    pixels = rows.inputs.shape[1]
    for name, size in windows:
        if size != pixels:
            raise ConfigError(f"network.{name}: {size}, but a frame has {pixels} pixels")

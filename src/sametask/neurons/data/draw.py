"""Draw the rows of an ensemble, of whatever kind its settings name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sametask.config.sections.ensemble_section import Drawn
from sametask.neurons.data.linear import linear_rows
from sametask.neurons.data.rows import Rows
from sametask.neurons.data.series import Series, gait, noisy_sine
from sametask.neurons.data.tables import digits, iris
from sametask.neurons.data.windows import cut

# By the key `of` of the settings: functions of the section and of the seed.
SERIES: dict[str, Callable[[Any, int], Series]] = {"noisy_sine": noisy_sine, "gait": gait}
OTHERS: dict[str, Callable[[Any, int], Rows]] = {
    "iris": iris,
    "digits": digits,
    "linear_gaussian": linear_rows,
}


def draw(settings: Mapping[str, Any]) -> Rows:
    """Return the rows of an ensemble; ``settings`` are those of ``Ensemble.drawn()``.

    ``DataError`` for data that cannot be used; it names the file, and the line or the class.
    """
    drawn = Drawn(**settings)
    if drawn.data.of in SERIES and drawn.windows:
        series = SERIES[drawn.data.of](drawn.data, drawn.seed)
        return cut(series, drawn.windows, drawn.data.held_out)
    return OTHERS[drawn.data.of](drawn.data, drawn.seed)

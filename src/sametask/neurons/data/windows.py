"""Windows of a series as rows to learn from; its end is held out."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from sametask.base.errors import DataError
from sametask.config.sections.ensemble_section import Windows
from sametask.neurons.data.rows import Rows
from sametask.neurons.data.series import Series


def cut(series: Series, windows: Windows, held_out: float) -> Rows:
    """Return the windows of a series: row t has the inputs s[t : t + inputs].

    Wanted are the numbers s[t : t + outputs]. The last share ``held_out`` of the series is held
    out; windows across that border, or from one piece into the next, are left out, so that no
    number is both learned from and held out. ``DataError`` if there is no window on one side.
    """
    total = len(series.values)
    border, length = round(total * (1 - held_out)), max(windows.inputs, windows.outputs)
    edges = sorted({0, border, total, *series.edges})
    starts = np.concatenate([np.arange(a, b - length + 1) for a, b in pairwise(edges)])
    held = starts >= border
    if held.all() or not held.any():
        raise DataError(
            f"{total} numbers, of which the last {total - border} are held out, hold no window of "
            f"{length} on both sides; take more, or smaller network.inputs and network.outputs"
        )
    seen = sliding_window_view(series.values, windows.inputs)[starts]
    wanted = sliding_window_view(series.values, windows.outputs)[starts]
    return Rows(
        seen.astype(np.float32),
        wanted.astype(np.float32),
        held[None],
        series.values,
        series.clean,
        facts=series.facts,
    )

"""Figures of singular spectrum analysis: errors over the number of terms, and a reconstruction."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogFormatter

from sametask.report.figures.colours import ACCENT, CONTINUOUS, MUTED, TRUTH
from sametask.report.figures.style import DASHED, grid, logarithmic, outside_legend, styled

# Without the palest colours, which cannot be seen on white.
COLOURS = ListedColormap(colormaps[CONTINUOUS](np.linspace(0, 0.92, 256)))
# 100, not 10², at the axes.
PLAIN, PLAIN_BETWEEN = FormatStrFormatter("%g"), LogFormatter(minor_thresholds=(2, 0.5))
# Of a longer series, this many numbers are drawn, its first ones.
DRAWN = 600
LINE: dict[str, Any] = {"linewidth": 1.2, "marker": "o", "markersize": 2.5}


@styled
def draw_ssa_errors(
    windows: np.ndarray,
    ranks: np.ndarray,
    mse: np.ndarray,
    mape: np.ndarray,
    noise_mse: float | None,
) -> Figure:
    """Draw errors (w, r) over the number of terms (r,), a line for each window (w,).

    A dashed line is the mean square of the noise, where that is known.
    """
    figure, ((left, right),) = grid(1, 2, 4.4)
    norm = Normalize(windows.min(), windows.max())
    for axes, errors in ((left, mse), (right, mape)):
        for window, values in zip(windows, errors, strict=True):
            axes.plot(ranks, values, color=COLOURS(norm(window)), **LINE)
        axes.set(xlabel="terms that are kept", xscale="log")
        logarithmic(axes)
        axes.xaxis.set_major_formatter(PLAIN)
    right.yaxis.set_major_formatter(PLAIN)
    right.yaxis.set_minor_formatter(PLAIN_BETWEEN)
    left.set_ylabel("mean squared error")
    right.set_ylabel("mean absolute error (%)")
    if noise_mse is not None:
        left.axhline(noise_mse, **DASHED, label="mean square of the noise")
        outside_legend(figure, left)
    scale, both = ScalarMappable(norm, COLOURS), [left, right]
    figure.colorbar(scale, ax=both, label="numbers in a window", fraction=0.03, pad=0.015)
    return figure


@styled
def draw_ssa_series(
    series: np.ndarray, clean: np.ndarray | None, reconstruction: np.ndarray, terms: int
) -> Figure:
    """Draw a series (T,), the same without noise where it is known, and its reconstruction.

    Of a long series the first numbers are drawn.
    """
    figure, ((axes,),) = grid(1, 1, 3.4)
    axes.plot(series[:DRAWN], ".", color=MUTED, markersize=3.5, label="series")
    if clean is not None:
        axes.plot(clean[:DRAWN], color=TRUTH, linewidth=2.6, label="without noise")
    named = f"reconstruction from {terms} terms"
    axes.plot(reconstruction[:DRAWN], color=ACCENT, linewidth=1.4, label=named)
    part = f" (the first {DRAWN})" if len(series) > DRAWN else ""
    axes.set(
        xlabel=f"place in the series{part}", ylabel="value", xlim=(0, min(len(series), DRAWN) - 1)
    )
    outside_legend(figure, axes)
    return figure

"""Figures of how well inputs and outputs are reconstructed from a few neurons."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sametask.report.figures.colours import PALETTE
from sametask.report.figures.style import DASHED, Style, outside_legend, side_by_side, styled

BAND = (0.1, 0.9)
# A line has at most this many markers, so that they do not overlap.
MARKERS = 30
LABELS = "neurons k", "relative error of the reconstruction\n(MSE / variance)"
# The second is drawn on top, smaller and filled, so that equal errors show both.
STYLES: dict[str, Style] = {
    "input": {"color": PALETTE[0], "marker": "o", "markersize": 8, "markerfacecolor": "white"},
    "output": {"color": PALETTE[1], "marker": "s", "markersize": 4, "linestyle": "--"},
}


def _draw_curve(axes: Axes, errors: np.ndarray, what: str) -> None:
    """Draw the median and the band of errors (choices, k) over the number of neurons."""
    number = np.arange(1, errors.shape[1] + 1)
    low, middle, high = np.quantile(errors, (BAND[0], 0.5, BAND[1]), axis=0)
    colour = STYLES[what]["color"]
    pale: Style = {"color": colour, "alpha": 0.2, "label": f"{what}, 10 % to 90 %"}
    if len(number) > 1:
        axes.fill_between(number, low, high, linewidth=0, **pale)
    else:
        # A band over one number has no area.
        axes.vlines(number, low, high, linewidth=12, **pale)
    every = -(-len(number) // MARKERS)
    axes.plot(number, middle, label=f"{what}, median", markevery=every, **STYLES[what])


def _mark(axes: Axes, required: int, dimension: int, leftward: bool) -> None:
    """Draw a line at 2d + 1 neurons, and write the number above the panel."""
    axes.axvline(required, zorder=1, **DASHED)
    text = f"2d + 1 = {required}  (d = {dimension})"
    style: Style = {"ha": "right" if leftward else "left", "va": "bottom", "fontsize": 9.5}
    axes.annotate(text, (required, 1.01), xycoords=("data", "axes fraction"), **style)


@styled
def reconstruction_figure(
    curves: Mapping[str, Mapping[str, np.ndarray]], required: int, dimension: int
) -> Figure:
    """Draw the relative held-out errors of reconstructions from k neurons, by network.

    ``curves`` is ``{network: {"input" or "output": errors (choices, k)}}``: the error with k
    neurons is in column k - 1. Either may be missing. ``required`` is marked: the 2d + 1 of
    Whitney's theorem.
    """
    figure, panels = side_by_side(curves, 1.1, LABELS, pad=20)
    longest = max(
        errors.shape[1] for network_curves in curves.values() for errors in network_curves.values()
    )
    for axes, network_curves in zip(panels, curves.values(), strict=True):
        for what, errors in network_curves.items():
            _draw_curve(axes, errors, what)
        right = max(longest, required) + 0.6
        _mark(axes, required, dimension, leftward=required > right / 2)
        axes.set(yscale="log", xlim=(0.4, right))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    # The panel with the most curves gives the legend; a single panel has room for two columns.
    fullest = max(range(len(panels)), key=lambda place: len(list(curves.values())[place]))
    outside_legend(figure, panels[fullest], columns=4 if len(curves) > 1 else 2)
    return figure

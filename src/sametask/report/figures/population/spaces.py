"""Figures of statistics of weights, and of networks in the plane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import CLASSES
from sametask.report.figures.network import Colouring, confine, explain_colours, scatter
from sametask.report.figures.style import WIDTH, at_edge, drawn, grid, plain, styled

# Panels in a row of statistics.
COLUMNS = 4
# Classes in a row of a legend.
LISTED = 3


@styled
def draw_statistics(
    values: np.ndarray, names: Sequence[str], accuracy: np.ndarray, colouring: Colouring
) -> Figure:
    """Scatter accuracy (r,) over each of several statistics (r, k) of the weights."""
    rows = -(-len(names) // COLUMNS)
    figure, panels = grid(rows, COLUMNS, 2.9, sharey=True)
    for axes in panels.flat[len(names) :]:
        axes.set_visible(False)
    for axes, name, column in zip(panels.flat, names, values.T, strict=False):
        points, moved = confine(np.column_stack([column, accuracy]))
        last = scatter(axes, points, colouring)
        axes.set(title=plain(name), xlabel=f"value (no unit) {at_edge(moved)}".strip())
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy, held out")
    explain_colours(figure, panels, last, colouring)
    return figure


def _scatter_classes(axes: Axes, places: np.ndarray, colouring: Colouring) -> None:
    """Scatter points by class, in their own order, so that no class lies above all others."""
    colours = np.array([CLASSES[place % len(CLASSES)] for place in range(len(colouring.known))])
    number = np.searchsorted(colouring.known, colouring.values)
    across, upright = places.T
    axes.scatter(across, upright, color=colours[number], s=9, linewidth=0, alpha=0.75)
    for colour, value in zip(colours, colouring.known, strict=True):
        axes.scatter([], [], color=colour, label=colouring.text(value))
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=LISTED)


@styled
def draw_view(places: np.ndarray, colourings: Mapping[str, Colouring]) -> Figure:
    """Scatter checkpoints at their places (r, 2) in the plane, once for each way to colour them."""
    columns = min(len(colourings), 2)
    rows = -(-len(colourings) // columns)
    figure, panels = grid(rows, columns, 4.3, WIDTH * (0.55 if columns == 1 else 1))
    for axes in panels.flat[len(colourings) :]:
        axes.remove()
    shown = drawn(len(places))
    for axes, (title, colouring) in zip(panels.flat, colourings.items(), strict=False):
        axes.set(title=plain(title), xticks=(), yticks=())
        some = replace(colouring, values=colouring.values[shown], scale=colouring.known)
        if colouring.discrete:
            _scatter_classes(axes, places[shown], some)
        elif points := scatter(axes, places[shown], some):
            figure.colorbar(points, ax=axes, label=plain(colouring.label), aspect=30)
    return figure

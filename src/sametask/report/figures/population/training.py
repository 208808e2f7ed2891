"""Figures of what is learned, over time: by the networks of a population, and of their weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import CLASSES, PALETTE
from sametask.report.figures.style import (
    Style,
    grid,
    logarithmic,
    outside_legend,
    plain,
    side_by_side,
    styled,
)

# Quantiles of networks: of the line, and of the bands around it.
MIDDLE, BANDS = 0.5, ((0.05, 0.95), (0.25, 0.75))
LINES = ("-", "--", "-.", ":")
# From so many groups on, only the inner band of each is drawn.
MANY = 3
# The losses of a training, and the networks that they are of.
PARTS = {"learned": "networks to learn from", "judged": "networks to choose by"}


def _draw_group(axes: Axes, epochs: np.ndarray, values: np.ndarray, place: int, few: bool) -> None:
    """Draw the median and bands of values (n, E) with NaN, at epochs where there are any."""
    known = np.isfinite(values).any(axis=0)
    epochs, values = epochs[known], values[:, known]
    colour = CLASSES[place % len(CLASSES)]
    for low, high in BANDS if few else BANDS[1:]:
        ends = np.nanquantile(values, (low, high), axis=0)
        axes.fill_between(epochs, *ends, color=colour, alpha=0.18, linewidth=0)
    middle = np.nanquantile(values, MIDDLE, axis=0)
    style: Style = {"color": colour, "linestyle": LINES[place % len(LINES)], "linewidth": 2}
    axes.plot(epochs, middle, marker="o" if len(epochs) < 2 else "", **style)


@styled
def draw_learning(
    epochs: np.ndarray, panels: Mapping[str, Mapping[str, np.ndarray]], figure_label: str
) -> Figure:
    """Draw a figure of every network over epochs (E,), as medians and bands of groups of networks.

    ``panels`` are by title, in each the values (n, E) of its groups by name; NaN: not there.
    """
    figure, ((*row,),) = grid(1, len(panels), 4.2, sharey=True)
    for axes, (title, groups) in zip(row, panels.items(), strict=True):
        for place, (name, values) in enumerate(groups.items()):
            if np.isfinite(values).any():
                _draw_group(axes, epochs, values, place, len(groups) < MANY)
                axes.lines[-1].set_label(plain(name).replace("_", " "))
        axes.set(title=plain(title), xlabel="epoch (0: before the training)")
        if len(axes.lines) > 1:
            axes.legend(loc="upper left")
    row[0].set_ylabel(figure_label)
    return figure


@styled
def draw_curves(curves: Mapping[str, Mapping[str, np.ndarray]], loss: str) -> Figure:
    """Draw the training of several models: what was learned and what was judged over steps.

    ``curves`` are by the title of a model; in each ``steps``, ``learned`` and ``judged`` (c,).
    """
    figure, panels = side_by_side(curves, 0.62, ("steps of the training", loss))
    for axes, curve in zip(panels, curves.values(), strict=True):
        for place, (part, label) in enumerate(PARTS.items()):
            style: Style = {"color": PALETTE[place], "linestyle": LINES[place], "label": label}
            axes.plot(curve["steps"], curve[part], marker="os"[place], markersize=3.5, **style)
        if np.isfinite(curve["judged"]).any():
            best = int(np.nanargmin(curve["judged"]))
            axes.plot(curve["steps"][best], curve["judged"][best], "o", color=PALETTE[1],
                      markersize=10, markerfacecolor="none", label="kept")  # fmt: skip
        logarithmic(axes)
    outside_legend(figure, panels[0], columns=3 if len(panels) > 1 else 1)
    return figure

"""Figures of a pair: rotated coordinates, the maps' errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import EDGE, OTHERS, OURS
from sametask.report.figures.network import Colouring, explain_colours, scatter
from sametask.report.figures.style import WIDTH, Style, grid, plain, styled

COLUMNS = 3
# Errors of exactly zero are drawn here, because the axis is logarithmic.
SMALLEST = 1e-32
BOXES: Style = {
    "orientation": "horizontal",
    "whis": (5, 95),
    "showfliers": False,
    "patch_artist": True,
    "widths": 0.6,
    "medianprops": {"color": "black", "linewidth": 1.8},
}


@styled
def rotated_figure(
    rotated: np.ndarray, target: np.ndarray, names: tuple[str, str], colouring: Colouring
) -> Figure:
    """Scatter a's rotated coordinates (n, k) against b's own (n, k), coordinate by coordinate."""
    count = min(target.shape[1], COLUMNS)
    figure, panels = grid(1, count, 3.9, width=WIDTH * count / COLUMNS)
    for place, axes in enumerate(panels[0]):
        pairs = np.column_stack([target[:, place], rotated[:, place]])
        drawn = scatter(axes, pairs, colouring)
        ends = [pairs.min(), pairs.max()]
        axes.plot(ends, ends, color="black", linewidth=1, linestyle="--", zorder=1)
        axes.set(title=f"coordinate {place + 1}", xlabel=plain(f"{names[1]}, own"))
        axes.set_aspect("equal", adjustable="box")
    panels[0][0].set_ylabel(plain(f"{names[0]}, rotated"))
    explain_colours(figure, panels, drawn, colouring)
    return figure


def _draw_direction(
    axes: Axes, errors: Mapping[str, np.ndarray], order: list[str], label: str
) -> None:
    values = [errors[name].clip(min=SMALLEST) for name in order]
    boxes = axes.boxplot(values, **BOXES)
    for name, box in zip(order, boxes["boxes"], strict=True):
        box.set(facecolor=OURS if name == "intrinsic" else OTHERS, edgecolor=EDGE)
    axes.set_yticks(range(1, len(order) + 1), [plain(name) for name in order])
    axes.set(xscale="log", xlabel=plain(label))


@styled
def error_figure(
    errors: Mapping[str, Mapping[str, np.ndarray]], output: str = "output", squared: str = ""
) -> Figure:
    """Draw the output errors (n,) of every map; ``errors`` is ``{title: {map: errors}}``.

    ``output`` is the name of the outputs, ``squared`` the unit of their squares, if they have one.
    Maps stand in the order of their median error in the first direction, the best on top.
    """
    first = next(iter(errors.values()))
    label = f"{output} error of a sample (mean square{f', {squared}' if squared else ''})"
    order = sorted(first, key=lambda name: -np.median(first[name]))
    figure, panels = grid(1, len(errors), 0.9 + 0.42 * len(order), sharex=True, sharey=True)
    for axes, (title, maps) in zip(panels[0], errors.items(), strict=True):
        _draw_direction(axes, maps, order, label)
        axes.set_title(plain(title))
    return figure

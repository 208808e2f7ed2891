"""The style of all figures: sizes, panels, legends. Their colours are in ``colours``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from sametask.report.figures.colours import GRID, PALETTE

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

# How something is drawn: keyword arguments of matplotlib.
Style = dict[str, Any]

# Inches; a page 1100 pixels wide shows 100 pixels to the inch, so 10 points are 14 pixels.
WIDTH = 11.0
# At most this many lines are drawn in a panel.
LINES = 16
# Panels in a row, at most, of figures with a panel for each of several names.
ABREAST = 3
# Inches for the title of such a panel, with some room: letters are measured a little too narrow.
TITLE = 2.5
POINTS = 3000
# The line that a threshold or a reference is drawn with.
DASHED: Style = {"color": "black", "linestyle": "--", "linewidth": 1.2}

STYLE: dict[RcKeyType, Any] = {
    "font.size": 10.5,
    "axes.titlesize": 11,
    "axes.labelsize": 10.5,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "lines.linewidth": 1.6,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-3, 4),
    "svg.hashsalt": "sametask",
}


def styled(draw: Callable[..., Figure]) -> Callable[..., Figure]:
    """Draw everything in a function in the report's style."""

    @wraps(draw)
    def inside(*arguments: Any, **named: Any) -> Figure:
        with matplotlib.rc_context(STYLE):
            return draw(*arguments, **named)

    return inside


def grid(
    rows: int, columns: int, height: float, width: float = WIDTH, **shared: Any
) -> tuple[Figure, np.ndarray]:
    """Return a figure of panels, ``height`` inches each row, and its axes (rows, columns)."""
    figure = Figure(figsize=(width, height * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **shared)


def network_colours(names: Iterable[str]) -> dict[str, str]:
    """Return the colour of each network in all figures."""
    return {name: PALETTE[place % len(PALETTE)] for place, name in enumerate(names)}


def plain(text: str) -> str:
    """Return a text that matplotlib shows as it is, not as mathematics."""
    return str(text).replace("$", r"\$")


def inches(text: str, size: float = STYLE["font.size"]) -> float:
    """Return the width of the widest line of a text, in letters of ``size`` points."""
    lines = [plain(line) for line in text.split("\n") if line.strip()]
    return max((TextPath((0, 0), line, size).get_extents().x1 for line in lines), default=0) / 72


def wrapped(text: str, room: float, width: Callable[[str], float] = inches) -> str:
    """Break a text into lines of at most ``room``, in inches or whatever ``width`` measures."""
    letters = max(len(text), 1)
    while letters > 1 and width(fill(text, letters)) > room:
        letters -= 1
    return fill(text, letters)


def side_by_side(
    names: Iterable[str], shape: float, labels: tuple[str, str], pad: float = 6
) -> tuple[Figure, list[Axes]]:
    """Return a figure of a panel for each name, which share axes, at most ``ABREAST`` in a row.

    ``shape`` is the height of a panel in its widths, ``labels`` are of x and of y, written at the
    outermost panels, ``pad`` is below the titles. Rows are filled evenly: four are two and two.
    """
    titles = [wrapped(name, TITLE) for name in names]
    rows = -(-len(titles) // ABREAST)
    columns = -(-len(titles) // rows)
    # A few panels are not stretched to the page; a colour bar beside them needs room, too.
    unit = WIDTH / (ABREAST + 0.3)
    lines = 1 + max(title.count("\n") for title in titles)
    height = 0.93 * shape * unit + 0.2 + 0.2 * lines + 0.45 / rows
    figure, panels = grid(rows, columns, height, unit * (columns + 0.3), sharex=True, sharey=True)
    for axes in panels.flat[len(titles) :]:
        axes.remove()
    drawn = list(panels.flat[: len(titles)])
    for axes, title in zip(drawn, titles, strict=True):
        axes.set_title(plain(title), pad=pad)
    for axes in drawn[-columns:]:
        # The last panel of its column, which may be above an empty place.
        axes.tick_params(labelbottom=True)
        axes.set_xlabel(plain(labels[0]))
    for axes in panels[:, 0]:
        axes.set_ylabel(plain(labels[1]))
    return figure, drawn


def curve(axes: Axes, inputs: np.ndarray, values: np.ndarray, **line: Any) -> None:
    """Draw values (n,) or (n, c), at most ``LINES`` columns, over inputs (n,) in their order."""
    order = np.argsort(inputs)
    columns = values.reshape(len(values), -1)[order, :LINES]
    label = line.pop("label", None)
    for place, column in enumerate(columns.T):
        axes.plot(inputs[order], column, label=label if place == 0 else None, **line)


def thin(count: int) -> np.ndarray:
    """Return the rows that a scatter of ``count`` points shows, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).astype(int))


def drawn(count: int) -> np.ndarray:
    """Return the rows that a scatter of ``count`` points shows, drawn at random, always the same.

    Of rows in which something comes back again and again, such as the epochs of networks, those
    that are evenly spread would be alike.
    """
    return np.random.default_rng(0).permutation(count)[:POINTS]


def at_edge(moved: int) -> str:
    """Return the words about points that ``confine`` has moved, if there are any."""
    return f"({moved} far outside, at the edge)" if moved else ""


def logarithmic(axes: Axes) -> None:
    """Scale y logarithmically, if any drawn value is positive, which matplotlib requires."""
    if np.isfinite(axes.dataLim.minposy):
        axes.set_yscale("log")


def outside_legend(figure: Figure, axes: Axes, columns: int = 5) -> None:
    """Put the legend of ``axes`` above all panels, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        columns = min(columns, len(labels))
        figure.legend(handles, labels, loc="outside upper center", ncols=columns)

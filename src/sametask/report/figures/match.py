"""Figures of matched samples: where one network's samples lie among the other's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from sametask.report.figures.colours import ACCENT, PALE
from sametask.report.figures.network import Colouring, confine, explain_colours, scatter
from sametask.report.figures.style import DASHED, Style, at_edge, grid, plain, styled, thin

# For hollow circles, which cannot be mistaken for a colour of the scale.
# With more shared inputs than this, their numbers would hide the samples.
NUMBERED = 12
HALO = [withStroke(linewidth=3, foreground="white")]


@dataclass(frozen=True)
class Match:
    """A direction of a match, in the first two coordinates of its networks.

    ``source`` (N, 2) are the source's samples, ``places`` (N, 2) where they belong among the
    target's own samples ``target`` (M, 2); the first ``anchors`` of both networks are shared.
    """

    names: tuple[str, str]
    source: np.ndarray
    places: np.ndarray
    target: np.ndarray
    anchors: int
    colouring: Colouring


def _rings(axes: Axes, points: np.ndarray, middle: np.ndarray) -> None:
    """Draw a ring around shared inputs (n, 2), and their numbers if they are few.

    Numbers stand on the side away from the ``middle`` of all samples, seen on the panel.
    """
    ring: Style = {"facecolor": "none", "edgecolor": "black", "linewidth": 1.6}
    axes.scatter(points[:, 0], points[:, 1], s=110, zorder=4, **ring)
    axes.margins(0.09)
    for place, point in enumerate(points if len(points) <= NUMBERED else ()):
        away = np.subtract(*axes.transData.transform([point, middle]))
        offset = 14 * away / (np.hypot(*away) + 1e-300)
        style: Style = {"textcoords": "offset points", "fontweight": "bold", "zorder": 5}
        style |= {"ha": "center", "va": "center", "path_effects": HALO}
        axes.annotate(str(place + 1), point, offset, **style)


def _label(axes: Axes, name: str, what: str, moved: int) -> None:
    axes.set(title=plain(f"{what}\n{at_edge(moved)}".strip()))
    axes.set(xlabel=plain(f"{name}: coordinate 1"), ylabel=plain(f"{name}: coordinate 2"))


def _draw_direction(row: Sequence[Axes], match: Match) -> PathCollection | None:
    """Draw one direction; return the scatter for the colour bar, if there is one."""
    source, target = match.names
    samples, moved = confine(match.source)
    scatter(row[0], samples, match.colouring)
    _rings(row[0], samples[: match.anchors], np.median(samples, axis=0))
    _label(row[0], source, f"samples of {source}", moved)
    all_points, moved = confine(np.concatenate([match.target, match.places]))
    targets, places = np.split(all_points, [len(match.target)])
    grey = targets[thin(len(targets))]
    style: Style = {"facecolor": "none", "edgecolor": PALE, "linewidth": 0.9}
    row[1].scatter(grey[:, 0], grey[:, 1], s=30, zorder=0.5, **style)
    drawn = scatter(row[1], places, match.colouring)
    _rings(row[1], targets[: match.anchors], np.median(targets, axis=0))
    _label(row[1], target, f"their places in {target} (circles: its own samples)", moved)
    return drawn


@styled
def match_figure(matches: Sequence[Match]) -> Figure:
    """Draw each direction in a row: the source's samples, and their places in the target."""
    figure, panels = grid(len(matches), 2, 3.9)
    for row, match in zip(panels, matches, strict=True):
        drawn = _draw_direction(row, match)
    explain_colours(figure, panels, drawn, match.colouring)
    return figure


@styled
def place_figure(
    inputs: Mapping[tuple[str, str], tuple[np.ndarray, np.ndarray]], labels: Sequence[str]
) -> Figure:
    """Draw the inputs nearest to the matched places over the samples' own inputs, by axis.

    ``inputs`` is ``{(source, target): (own (N, d), inputs of the nearest target's samples)}``.
    """
    figure, panels = grid(len(labels), len(inputs), 3.6, width=8.4)
    for column, ((source, target), (given, nearest)) in zip(panels.T, inputs.items(), strict=True):
        rows = thin(len(given))
        for axis, axes in enumerate(column):
            ends = [min(given[:, axis].min(), nearest[:, axis].min())]
            ends.append(max(given[:, axis].max(), nearest[:, axis].max()))
            axes.plot(ends, ends, zorder=3, **DASHED)
            axes.scatter(
                given[rows, axis], nearest[rows, axis], color=ACCENT, s=12, linewidth=0, alpha=0.6
            )
            axes.set(xlabel=plain(f"{source}: {labels[axis]}"), aspect="equal")
            axes.set_ylabel(plain(f"{target}: {labels[axis]}\nof the nearest sample"))
    for axes, (source, target) in zip(panels[0], inputs, strict=True):
        axes.set_title(plain(f"{source} → {target}"))
    return figure

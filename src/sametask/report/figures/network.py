"""Figures of each network alone: local spectrum, eigenvalues, diffusion coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sametask.report.figures.colours import CLASSES, CONTINUOUS, CYCLIC
from sametask.report.figures.style import (
    DASHED,
    WIDTH,
    Style,
    at_edge,
    grid,
    logarithmic,
    plain,
    styled,
    thin,
)

COLUMNS = 3
# Up to this many directions are drawn as bars, more as a band.
FEW = 12
# Eigenvalues of zero, where a layer does not react at all, are drawn here.
SMALLEST = 1e-300
# The name of a class is left out if another is nearer than this, in widths of the panel.
CROWDED = 0.07


@dataclass(frozen=True)
class Colouring:
    """The colours of the points of a scatter: values (n,), and their label.

    ``discrete`` values are classes, ``cyclic`` ones are angles. ``scale`` are the values that the
    colours are spread over, if several scatters share them. ``names`` are those of the classes from
    0 on, if they have any.
    """

    values: np.ndarray
    label: str
    discrete: bool
    cyclic: bool = False
    scale: np.ndarray | None = None
    names: Sequence[str] = ()

    @property
    def known(self) -> np.ndarray:
        """All values that have a colour, sorted."""
        return np.unique(self.values if self.scale is None else self.scale)

    def text(self, value: int) -> str:
        """Return the name of a class, or its number if it has none."""
        return plain(self.names[value] if 0 <= value < len(self.names) else str(value))


def _draw_spectrum(axes: Axes, spectrum: np.ndarray, rank: int, colour: str) -> None:
    """Draw the median and the 5-95 % band of eigenvalues (N, q) against their number."""
    number = np.arange(1, spectrum.shape[1] + 1)
    floor = max(spectrum.max() * 1e-16, SMALLEST)
    low, middle, high = np.quantile(spectrum, (0.05, 0.5, 0.95), axis=0).clip(min=floor)
    style: Style = {"color": colour, "marker": "o", "markersize": 4}
    if len(number) > FEW:
        axes.fill_between(number, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(number, middle, **style)
    else:
        axes.errorbar(number, middle, [middle - low, high - middle], capsize=4, **style)
    axes.axvline(rank + 0.5, **DASHED)
    beside: Style = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(f"rank {rank}", (rank + 0.5, 1), (5, -4), va="top", **beside)
    axes.set(yscale="log", xlim=(0.4, max(len(number), rank) + 1.1))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


@styled
def spectrum_figure(
    spectra: Mapping[str, np.ndarray], ranks: Mapping[str, int], colours: Mapping[str, str]
) -> Figure:
    """Draw every network's local covariance eigenvalues (N, q), squared activation units."""
    columns = min(COLUMNS, len(spectra))
    rows = -(-len(spectra) // columns)
    figure, panels = grid(rows, columns, 3.6)
    for axes, (name, spectrum) in zip(panels.flat, spectra.items(), strict=False):
        _draw_spectrum(axes, spectrum, ranks[name], colours[name])
        axes.set(title=plain(name), xlabel="direction (number)")
        axes.set_ylabel("eigenvalue of the local\ncovariance (activation²)")
    for axes in panels.flat[len(spectra) :]:
        axes.set_visible(False)
    return figure


@styled
def eigenvalue_figure(
    eigenvalues: Mapping[str, np.ndarray],
    bandwidths: Mapping[str, float],
    colours: Mapping[str, str],
) -> Figure:
    """Draw every network's diffusion eigenvalues λ (k,), and its decay rates −ln λ / ε."""
    figure, ((left, right),) = grid(1, 2, 3.8)
    for place, (name, values) in enumerate(eigenvalues.items()):
        # Large hollow marks first, smaller filled ones on top, so that equal points show both.
        size: Style = {"markersize": max(3.5, 9.5 - 4 * place), "markerfacecolor": "none"}
        style: Style = {"color": colours[name], "marker": "osD^vP"[place % 6]}
        style |= {"label": plain(name)}
        style |= size if place == 0 else {"markersize": size["markersize"]}
        number = np.arange(1, len(values) + 1)
        left.plot(number, values, **style)
        decaying = (values > 0) & (values < 1)
        right.plot(number[decaying], -np.log(values[decaying]) / bandwidths[name], **style)
    for axes in (left, right):
        axes.set(xlabel="coordinate (number)", xlim=(0.4, None))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set(ylabel="eigenvalue λ", title="Eigenvalues")
    right.set(ylabel="−ln λ / ε  (1 / input²)", title="Decay rates, comparable across networks")
    logarithmic(right)
    left.legend()
    return figure


def confine(points: np.ndarray) -> tuple[np.ndarray, int]:
    """Return points (n, 2) with far outliers moved to the edge of the view, and their number.

    The view is the middle 99 % of each axis and a margin of half of it on both sides. Otherwise a
    few samples far away would press all others into one dot.
    """
    low, high = np.quantile(points, (0.005, 0.995), axis=0)
    margin = (high - low) / 2 + np.finfo(float).tiny
    confined = points.clip(low - margin, high + margin)
    return confined, int((confined != points).any(axis=1).sum())


def scatter(axes: Axes, points: np.ndarray, colouring: Colouring) -> PathCollection | None:
    """Scatter points (n, 2) by class, or on a scale of colours; return the latter."""
    rows = thin(len(points))
    points, values = points[rows], colouring.values[rows]
    if not colouring.discrete:
        scale = CYCLIC if colouring.cyclic else CONTINUOUS
        style: Style = {"cmap": scale, "vmin": colouring.known[0], "vmax": colouring.known[-1]}
        return axes.scatter(points[:, 0], points[:, 1], c=values, s=9, linewidth=0, **style)
    for place, value in enumerate(colouring.known):
        inside = points[values == value]
        style = {"color": CLASSES[place % len(CLASSES)], "alpha": 0.75}
        style["label"] = colouring.text(value)
        axes.scatter(inside[:, 0], inside[:, 1], s=9, linewidth=0, **style)
    return None


def _name_classes(axes: Axes, points: np.ndarray, colouring: Colouring) -> None:
    """Write the name of each class at the median of its points, if there is room."""
    written: list[np.ndarray] = []
    for place, value in enumerate(colouring.known):
        if not (inside := colouring.values == value).any():
            continue
        middle = np.median(points[inside], axis=0)
        at = axes.transAxes.inverted().transform(axes.transData.transform(middle))
        if all(np.hypot(*(at - other)) > CROWDED for other in written):
            written.append(at)
            box = {
                "boxstyle": f"{'round' if colouring.names else 'circle'},pad=0.15",
                "fc": "white",
                "ec": CLASSES[place % len(CLASSES)],
            }
            text = colouring.text(value)
            axes.annotate(text, middle, ha="center", va="center", fontsize=9, bbox=box)


def explain_colours(
    figure: Figure, panels: np.ndarray, drawn: PathCollection | None, colouring: Colouring
) -> None:
    """Put a colour bar (``drawn``) or a legend of classes on the right of all panels."""
    title = plain(colouring.label)
    if drawn is not None:
        figure.colorbar(drawn, ax=panels, label=title, fraction=0.025, pad=0.015, aspect=30)
        return
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, title=title, loc="outside right center", markerscale=2.5)


@styled
def coordinate_figure(
    coordinates: Mapping[str, np.ndarray], colourings: Mapping[str, Colouring]
) -> Figure:
    """Scatter the first three coordinates (N, k) of every network against one another."""
    count = min(min(values.shape[1] for values in coordinates.values()), 3)
    if count == 1:
        return _single_coordinate(coordinates, colourings)
    pairs = [(0, 1), (0, 2), (1, 2)] if count == 3 else [(0, 1)]
    figure, panels = grid(len(coordinates), len(pairs), 3.5, width=WIDTH if count == 3 else 6)
    for row, (name, values) in zip(panels, coordinates.items(), strict=True):
        colouring = colourings[name]
        for axes, pair in zip(row, pairs, strict=True):
            points, moved = confine(values[:, list(pair)])
            drawn = scatter(axes, points, colouring)
            if colouring.discrete:
                _name_classes(axes, points, colouring)
            axes.set(xlabel=f"coordinate {pair[0] + 1}", ylabel=f"coordinate {pair[1] + 1}")
            axes.set_title(f"{plain(name)} {at_edge(moved)}".strip())
    explain_colours(figure, panels, drawn, colouring)
    return figure


def _single_coordinate(
    coordinates: Mapping[str, np.ndarray], colourings: Mapping[str, Colouring]
) -> Figure:
    """Draw the only coordinate over the values that give the colours."""
    figure, panels = grid(1, len(coordinates), 3.5)
    for axes, (name, values) in zip(panels[0], coordinates.items(), strict=True):
        colouring = colourings[name]
        scatter(axes, np.column_stack([colouring.values, values[:, 0]]), colouring)
        axes.set(xlabel=plain(colouring.label), ylabel="coordinate 1", title=plain(name))
    return figure

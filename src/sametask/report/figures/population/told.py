"""Figures of properties that are told from weights: plain arrays in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sametask.report.figures.colours import BASELINE, CLASSES, TRUTH
from sametask.report.figures.network import Colouring, explain_colours, scatter
from sametask.report.figures.style import DASHED, Style, grid, outside_legend, plain, styled

MARKERS = "os^Dv*PX<>"
LINES = ("-", "--", "-.", ":")
# R² below this is drawn at the lower edge.
LOWEST = -0.5
# Up to so many classes, the matrix has numbers.
NUMBERED = 12
# Names of more classes than this are turned.
UPRIGHT = 3


def series(place: int, name: str) -> Style:
    """Return how a line of several is drawn: all differ in colour, and in marker or line."""
    return {
        "color": CLASSES[place % len(CLASSES)],
        "marker": MARKERS[place % len(MARKERS)],
        "linestyle": LINES[place % len(LINES)],
        "label": plain(name),
    }


@styled
def draw_predicted(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray, np.ndarray]], label: str, colour: str
) -> Figure:
    """Scatter predicted over true values, with the diagonal.

    ``panels`` are by title: true values (r,), predicted values (r,) and colours (r,), which are of
    ``colour``.
    """
    figure, drawn = grid(1, len(panels), 4.6, 5.2 * len(panels), sharex=True, sharey=True)
    scale = np.concatenate([given[2] for given in panels.values()])
    for axes, (title, (true, predicted, values)) in zip(drawn[0], panels.items(), strict=True):
        colouring = Colouring(values, colour, discrete=False, scale=scale)
        points = scatter(axes, np.column_stack([true, predicted]), colouring)
        ends = [true.min(), true.max()]
        axes.plot(ends, ends, label="all right", **DASHED)
        axes.set(title=plain(title), xlabel=f"true {label}")
    drawn[0][0].set_ylabel(f"{label}, told from weights")
    drawn[0][0].legend(loc="upper left")
    explain_colours(figure, drawn, points, colouring)
    return figure


@styled
def draw_by_checkpoint(
    epochs: np.ndarray,
    scores: Mapping[str, np.ndarray],
    label: str,
    reference: tuple[str, float],
    untrained: float | None = None,
) -> Figure:
    """Draw the score (E,) of every predictor at each epoch by itself; NaN is left out.

    Scores far below zero are drawn at the lower edge. ``reference`` is a name and a score to mark,
    ``untrained`` the best score that there can be at epoch 0, if it is known.
    """
    figure, ((axes,),) = grid(1, 1, 4.6)
    for place, (name, values) in enumerate(scores.items()):
        known = np.isfinite(values)
        shown = np.maximum(values[known], LOWEST)
        every = max(known.sum() // 15, 1)
        axes.plot(epochs[known], shown, markevery=every, markersize=6, **series(place, name))
    axes.axhline(reference[1], label=plain(reference[0]), **DASHED)
    if untrained is not None:
        axes.plot(0, untrained, "*", color=TRUTH, markersize=15, label="the most that can be told")
    lowest = min((np.nanmin(values, initial=0.0) for values in scores.values()), default=0.0)
    axes.set(xlabel="epoch", ylabel=label, ylim=(max(lowest, LOWEST) - 0.04, 1.03))
    outside_legend(figure, axes, columns=3)
    return figure


@styled
def draw_confusion(panels: Mapping[str, np.ndarray], classes: Sequence[str]) -> Figure:
    """Draw counts (true, predicted) of several predictors as shares of each true class."""
    size = min(max(0.75 * len(classes) + 1.6, 3.4), 7.0)
    figure, drawn = grid(1, len(panels), 0.9 * size, min(size * len(panels) + 0.6, 11.0))
    ticks = range(len(classes)) if len(classes) <= 2 * NUMBERED else ()
    names = [plain(classes[place]).replace("_", " ") for place in ticks]
    for axes, (title, counts) in zip(drawn[0], panels.items(), strict=True):
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
        axes.set_xticks(ticks, names, rotation=90 if len(classes) > UPRIGHT else 0)
        axes.set_yticks(ticks, names)
        axes.set(title=plain(title), xlabel="told", ylabel="true")
        axes.grid(visible=False)
        for row, column in np.ndindex(shares.shape) if len(classes) <= NUMBERED else ():
            share = shares[row, column]
            ink = "white" if share > 0.6 else TRUTH
            axes.text(column, row, f"{share:.2f}", ha="center", va="center", color=ink, fontsize=9)
    figure.colorbar(image, ax=drawn, label="share of the true class", fraction=0.03, pad=0.02)
    return figure


@styled
def draw_scaling(
    curves: Mapping[str, np.ndarray], score: str, reference: tuple[str, float] | None = None
) -> Figure:
    """Draw scores over the number of networks that are learned from, on a logarithmic axis.

    ``curves`` (4, c) by predictor: the numbers, and low, estimate and high. ``reference`` is a name
    and a score that is marked.
    """
    figure, ((axes,),) = grid(1, 1, 4.4, 8.0)
    for place, (name, (counts, low, middle, high)) in enumerate(curves.items()):
        style = series(place, name)
        axes.plot(counts, middle, markersize=7, **style)
        axes.fill_between(counts, low, high, color=style["color"], alpha=0.18, linewidth=0)
    if reference:
        axes.axhline(reference[1], label=plain(reference[0]), color=BASELINE, linestyle="--")
    numbers = np.unique(np.concatenate([given[0] for given in curves.values()])).astype(int)
    axes.set(xscale="log", xlabel="networks that are learned from", ylabel=score)
    axes.set_xticks(numbers, [f"{number:,}" for number in numbers])
    axes.xaxis.set_minor_locator(NullLocator())
    outside_legend(figure, axes, columns=2)
    return figure

"""Figures of estimators of covariances: plain arrays in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import ACCENT, ALARM, EDGE, REACHED, TRUTH
from sametask.report.figures.style import grid, outside_legend, plain, styled


def _names(axes: Axes, names: Sequence[str]) -> np.ndarray:
    """Write a name at every row, the first one on top, and return where the rows are."""
    places = np.arange(len(names))
    axes.set_yticks(places, [plain(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(visible=False, axis="y")
    return places


def _bars(axes: Axes, values: np.ndarray, places: np.ndarray, colours: Sequence[str]) -> None:
    """Draw low, estimate and high (3, e) at every place."""
    low, middle, high = values
    for place, colour in zip(places, colours, strict=True):
        axes.plot([low[place], high[place]], [place, place], color=colour, linewidth=2)
        axes.plot(middle[place], place, "o", color=colour, markersize=7)


@styled
def draw_truth(
    names: Sequence[str],
    errors: np.ndarray,
    trained: np.ndarray,
    coverage: np.ndarray,
    allowed: float,
    wanted: tuple[float, float],
) -> Figure:
    """Draw the relative error and the coverage of every estimator, where the truth is known.

    ``errors`` and ``coverage`` (3, e) are low, estimate and high; ``trained`` (e,) is the error for
    the networks that were trained. Errors of at most ``allowed``, and coverage in the range
    ``wanted``, reach the target. What misses it is in another colour.
    """
    figure, ((left, right),) = grid(1, 2, 0.42 * len(names) + 1.6, sharey=True)
    places = _names(left, names)
    reached = errors[1] <= allowed, (coverage[1] >= wanted[0]) & (coverage[1] <= wanted[1])
    colours = [[ACCENT if good else ALARM for good in goods] for goods in reached]
    left.axvspan(1e-9, allowed, color=REACHED, label="the target", zorder=0)
    _bars(left, errors, places, colours[0])
    left.plot(trained, places, "D", color=TRUTH, markersize=5, label="the networks of the ensemble")
    least = min(errors[errors > 0].min(initial=allowed), trained.min())
    left.set(xscale="log", xlim=(0.7 * least, 1.5 * max(errors.max(), trained.max(), allowed)))
    left.set_xlabel("relative error of the covariance (median, 95 % of data sets)")
    right.axvspan(*wanted, color=REACHED, zorder=0)
    right.axvline(0.95, color=TRUTH, linestyle="--", linewidth=1.2, label="95 %")
    _bars(right, coverage, places, colours[1])
    right.set_xlabel("share of 95 % ellipsoids that hold the true weights")
    handles = [handle for axes in (left, right) for handle in axes.get_legend_handles_labels()[0]]
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


@styled
def draw_sizes(sizes: Mapping[str, np.ndarray]) -> Figure:
    """Draw the sizes √tr Σ (K,) of the ellipsoids of all neurons by estimator, logarithmically.

    A line marks the median. Neurons whose size is zero are left out.
    """
    names = list(sizes)
    figure, ((axes,),) = grid(1, 1, 0.42 * len(names) + 1.4, 9.0)
    places = _names(axes, names)
    for place, name in zip(places, names, strict=True):
        shown = sizes[name][np.isfinite(sizes[name]) & (sizes[name] > 0)]
        # Spread over the height of a row by the golden ratio: never at random, never in rows.
        height = place + 0.5 * ((np.arange(len(shown)) * 0.618) % 1 - 0.5)
        axes.plot(shown, height, "o", color=ACCENT, markersize=4, alpha=0.5, linewidth=0)
        if shown.size:
            axes.plot(np.median(shown) * np.ones(2), place + np.array([-0.35, 0.35]),
                      color=TRUTH, linewidth=2.2)  # fmt: skip
    axes.plot([], [], "o", color=ACCENT, alpha=0.5, label="a neuron")
    axes.plot([], [], color=TRUTH, linewidth=2.2, label="median")
    axes.set(xscale="log", xlabel="size of a neuron's ellipsoid, √tr Σ (in units of weights)")
    outside_legend(figure, axes)
    return figure


@styled
def draw_agreement(names: Sequence[str], correlations: np.ndarray) -> Figure:
    """Draw rank correlations (e, e) of the sizes of neurons between estimators; NaN is left out."""
    side = 0.62 * len(names) + 2.2
    figure, ((axes,),) = grid(1, 1, side, side + 1.2)
    image = axes.imshow(correlations, cmap="RdBu_r", vmin=-1, vmax=1)
    ticks = [plain(name) for name in names]
    axes.set_xticks(range(len(names)), ticks, rotation=90)
    axes.set_yticks(range(len(names)), ticks)
    axes.grid(visible=False)
    for row, column in np.ndindex(correlations.shape):
        value = correlations[row, column]
        if np.isfinite(value):
            ink = "white" if abs(value) > 0.6 else EDGE
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink, fontsize=9)
    figure.colorbar(image, ax=axes, label="rank correlation of sizes", fraction=0.04, pad=0.02)
    return figure

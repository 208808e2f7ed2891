"""Figures of the evidence behind a verdict: intervals of R², local agreement, spectra, chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sametask.report.figures.colours import ACCENT, ALARM, CONTROL, MUTED, PALETTE, REACHED, WRITING
from sametask.report.figures.network import FEW
from sametask.report.figures.style import DASHED, Style, grid, outside_legend, plain, styled
from sametask.report.wording.numbers import r2_text
from sametask.verdict.layers.phrases import counted

# The axis of R² starts here; how far a failed regression is below zero is not informative.
LOWEST = -0.12
# The axis is stretched near 1, where the decision is made: the factor, and the limits of the
# value from which on it is stretched.
STRETCH, STRETCHED = 5.0, (0.5, 0.9)


@dataclass(frozen=True)
class R2Row:
    """A row of the figure of R²: intervals by direction, and the kind of the row."""

    label: str
    intervals: Mapping[str, Sequence[float]]
    kind: str


STYLES: dict[str, Style] = {
    "pair": {"color": ACCENT, "marker": "o", "markersize": 6},
    "route": {"color": PALETTE[5], "marker": "s", "markersize": 5.5},
    "control": {"color": CONTROL, "marker": "D", "markersize": 5.5},
    "alarm": {"color": ALARM, "marker": "X", "markersize": 9},
}


def _stretch(axes: Axes, determined: float) -> None:
    """Scale the axis of R² and set its ticks: linear, and stretched near 1."""
    start = float(np.clip(2 * determined - 1, *STRETCHED))

    def forward(r2: np.ndarray) -> np.ndarray:
        return np.where(r2 < start, r2, start + STRETCH * (r2 - start))

    def inverse(place: np.ndarray) -> np.ndarray:
        return np.where(place < start, place, start + (place - start) / STRETCH)

    axes.set_xscale("function", functions=(forward, inverse))
    coarse = np.arange(0, start - 0.15, 0.2)
    ticks = [*coarse, *np.linspace(start, 1, 3)]
    axes.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axes.set_xlabel(f"held-out R² (axis stretched from {start:g} on)")


def _draw_interval(axes: Axes, interval: Sequence[float] | None, place: int, kind: str) -> None:
    """Draw low, estimate and high; an estimate left of the axis is an arrow at its start."""
    right: Style = {"xycoords": ("axes fraction", "data"), "va": "center"}
    if interval is None:
        axes.annotate("–", (1.02, place), **right)
        return
    low, estimate, high = (max(value, LOWEST) for value in interval)
    colour = STYLES[kind]["color"]
    if interval[1] < LOWEST:
        axes.plot([LOWEST], [place], marker="<", markersize=9, color=colour, clip_on=False)
    else:
        bar: Style = {"fmt": "none", "ecolor": colour, "elinewidth": 3, "capsize": 5, "capthick": 2}
        # The estimate need not be between the percentiles of a bootstrap.
        axes.errorbar([(low + high) / 2], [place], xerr=[(high - low) / 2], **bar)
        axes.plot([estimate], [place], linestyle="none", zorder=3, **STYLES[kind])
    axes.annotate(r2_text(interval[1]), (1.02, place), color=WRITING, **right)


@styled
def r2_figure(
    rows: Sequence[R2Row], titles: Mapping[str, str], thresholds: Mapping[str, float]
) -> Figure:
    """Draw the R² of a pair, of its intrinsic route and of its controls in both directions.

    ``titles`` are by direction; ``thresholds`` are ``determined`` and ``related``.
    """
    figure, (panels,) = grid(1, 2, 1.5 + 0.42 * len(rows), sharex=True, sharey=True)
    places = range(len(rows) - 1, -1, -1)
    for axes, (direction, title) in zip(panels, titles.items(), strict=True):
        _stretch(axes, thresholds["determined"])
        axes.axvspan(thresholds["determined"], 1.0, color=REACHED, zorder=0)
        for name, line in (("determined", "--"), ("related", ":")):
            value = thresholds[name]
            axes.axvline(value, color="black", linestyle=line, linewidth=1.2, zorder=1)
            beside = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
            axes.annotate(f"{name}\n{value:g}", (value, 1.0), fontsize=9.5, **beside)
        for place, row in zip(places, rows, strict=True):
            _draw_interval(axes, row.intervals.get(direction), place, row.kind)
        axes.set_title(plain(title), pad=32)
        axes.set(xlim=(LOWEST, 1.02), ylim=(-0.6, len(rows) - 0.4))
        axes.grid(axis="y", visible=False)
    panels[0].set_yticks(list(places), [plain(row.label) for row in rows])
    return figure


@styled
def null_figure(
    null: np.ndarray, residual: float, quantile: float, names: tuple[str, str]
) -> Figure:
    """Draw the residual of the true pairing among the residuals (s,) of shuffled pairings."""
    figure, ((axes,),) = grid(1, 1, 3.2, width=9)
    axes.hist(null, bins=25, color=MUTED, label=f"{len(null)} shuffled pairings")
    axes.axvline(quantile, label=f"1 % of them are below {quantile:.3g}", **DASHED)
    axes.axvline(residual, color=PALETTE[1], linewidth=2.5, label=f"true pairing: {residual:.3g}")
    right = max(null.max(), residual)
    axes.set(xlim=(-0.02 * right, 1.05 * right), ylabel="shuffled pairings")
    axes.set_xlabel(
        plain(f"mean square of {names[0]}'s rotated coordinates less {names[1]}'s (0: the same)")
    )
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _spread(axes: Axes, values: np.ndarray, **style: Any) -> None:
    """Draw values (c,), one for each direction, with marks where they are few."""
    marker: Style = {"marker": "o", "markersize": 5} if len(values) <= FEW else {}
    axes.plot(np.arange(1, len(values) + 1), values, **marker, **style)


@styled
def direction_figure(
    spectra: Mapping[str, np.ndarray],
    dimension: Mapping[str, int],
    share: float,
    colours: Mapping[str, str],
) -> Figure:
    """Draw each network's local directions (q,), as shares of the leading one's variance."""
    figure, (panels,) = grid(1, len(spectra), 3.2, sharey=True, sharex=True)
    lowest = max(1e-17, min(share, *(values.min() for values in spectra.values())) / 10)
    longest = max(len(values) for values in spectra.values())
    for axes, (name, values) in zip(panels, spectra.items(), strict=True):
        _spread(axes, values.clip(min=lowest), color=colours[name])
        axes.axhline(share, label=f"threshold “share”: {share:g}", **DASHED)
        axes.set_title(plain(f"{name}: {counted(dimension[name], 'direction')} above the line"))
        axes.set(
            yscale="log", ylim=(lowest, 4), xlim=(0.4, longest + 0.6), xlabel="direction (number)"
        )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    panels[0].set_ylabel("share of the leading\ndirection's variance")
    outside_legend(figure, panels[0])
    return figure

"""Figures of distillation: how good small students are, by the prior that they have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from scipy import stats

from sametask.report.figures.colours import CLASSES
from sametask.report.figures.population.told import series
from sametask.report.figures.style import DASHED, Style, grid, outside_legend, styled

CONFIDENCE = 0.95
# Lines at the same number of rows stand beside each other: the last one so many times to the right.
APART = 1.25


@styled
def draw_distillation(
    rows: np.ndarray, arms: Mapping[str, np.ndarray], differences: Mapping[str, np.ndarray]
) -> Figure:
    """Draw the error of every arm over numbers of rows (r,), and paired differences.

    ``arms``: held-out −ln p (r, S) of S seeds, by name. ``differences``: the mean and the ends of
    its interval (3, r), of the first of the arms less another one, by the name of that one.
    """
    figure, (row,) = grid(1, 2, 5.0)
    shifts = APART ** np.linspace(-0.5, 0.5, max(len(arms), 2))
    styles = {name: series(place, name) for place, name in enumerate(arms)}
    for shift, (name, scores) in zip(shifts, arms.items(), strict=False):
        reach = stats.t.ppf((1 + CONFIDENCE) / 2, scores.shape[1] - 1) * stats.sem(scores, axis=1)
        _bars(row[0], rows * shift, scores.mean(axis=1), reach, styles[name])
    for shift, (name, (mean, low, high)) in zip(shifts, differences.items(), strict=False):
        _bars(row[1], rows * shift, mean, np.stack([mean - low, high - mean]), styles[name])
    row[0].set(ylabel="held-out −ln p of the class (nats)", yscale="log")
    row[1].axhline(0, **DASHED)
    row[1].set(ylabel="paired difference (nats); below 0: better")
    for formatted in (row[0].yaxis.set_major_formatter, row[0].yaxis.set_minor_formatter):
        formatted("{x:.2g}")
    for axes in row:
        axes.set(xscale="log", xlabel="rows that a student learns from")
        axes.set_xticks(rows, [str(count) for count in rows])
        axes.xaxis.set_minor_formatter(NullFormatter())
    outside_legend(figure, row[0], columns=4)
    return figure


def _bars(
    axes: Axes, places: np.ndarray, values: np.ndarray, reach: np.ndarray, style: Style
) -> None:
    axes.errorbar(places, values, reach, capsize=3, markersize=5, **style)


@styled
def draw_shrunk_students(units: np.ndarray, orders: Mapping[str, np.ndarray]) -> Figure:
    """Draw accuracies (k, S) over hidden units (k,) that are left, by the order of removal."""
    figure, ((axes,),) = grid(1, 1, 4.2, 7.0)
    for place, (name, scores) in enumerate(orders.items()):
        mean, spread = scores.mean(axis=1), scores.std(axis=1, ddof=1)
        style = series(place, name)
        axes.plot(units, mean, markersize=5, **style)
        axes.fill_between(units, mean - spread, mean + spread, color=CLASSES[place], alpha=0.12)
    axes.set(xlabel="hidden units that are left", ylabel="held-out accuracy (band: ± 1 sd)")
    outside_legend(figure, axes)
    return figure

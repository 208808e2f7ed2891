"""Figures of where two networks agree: local canonical correlations over the samples."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from sametask.report.figures.colours import ACCENT, CONTINUOUS, MUTED
from sametask.report.figures.domains.line import INPUT, shade
from sametask.report.figures.network import confine
from sametask.report.figures.style import (
    DASHED,
    WIDTH,
    at_edge,
    outside_legend,
    plain,
    styled,
    thin,
)

CORRELATION = "local canonical correlation"
TOP = 1.04


def _panels(height: float, profile: bool) -> tuple[Figure, np.ndarray]:
    """Return a wide panel for the domain, one for the histogram, and one for a profile."""
    layout = ConstrainedLayoutEngine(w_pad=0.1)
    figure = Figure(figsize=(WIDTH, height), layout=layout)
    widths = (1.5, 0.8, 1) if profile else (2, 1)
    return figure, figure.subplots(1, len(widths), width_ratios=widths)


def _histogram(axes: Axes, smallest: np.ndarray, threshold: float) -> None:
    axes.hist(smallest, bins=np.linspace(0, 1, 26).tolist(), orientation="horizontal", color=MUTED)
    axes.axhline(threshold, **DASHED)
    axes.set(ylim=(0, TOP), xlabel="fit samples", ylabel=CORRELATION, title="How often")
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))


def _profile(axes: Axes, correlations: np.ndarray, threshold: float) -> None:
    """Draw the median and the middle 90 % of every direction's correlation (N, c)."""
    number = np.arange(1, correlations.shape[1] + 1)
    low, middle, high = np.quantile(correlations, (0.05, 0.5, 0.95), axis=0)
    axes.fill_between(number, low, high, color=ACCENT, alpha=0.25, linewidth=0)
    axes.plot(number, middle, color=ACCENT, marker="o", markersize=4)
    axes.axhline(threshold, **DASHED)
    axes.set(ylim=(0, TOP), xlabel="direction (number)", ylabel=CORRELATION)
    axes.set_title("All directions")
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))


def _beside(panels: np.ndarray, correlations: np.ndarray, common: int, threshold: float) -> None:
    _histogram(panels[1], correlations[:, common - 1], threshold)
    if len(panels) > 2:
        _profile(panels[2], correlations, threshold)


@styled
def agreement_over_line(
    inputs: np.ndarray,
    correlations: np.ndarray,
    common: int,
    threshold: float,
    trained: Mapping[str, tuple[float, float]],
    label: str = INPUT,
) -> Figure:
    """Draw a correlation of every sample over its input (N,), with the trained parts shaded.

    ``correlations`` (N, c) descend; the one drawn is number ``common``.
    """
    figure, panels = _panels(3.6, correlations.shape[1] > 1)
    shade(panels[0], trained)
    panels[0].axhline(threshold, label="threshold", **DASHED)
    style = {"color": ACCENT, "marker": ".", "markersize": 3, "linewidth": 1}
    order = np.argsort(inputs)
    panels[0].plot(inputs[order], correlations[order, common - 1], **style)
    panels[0].set(ylim=(0, TOP), xlabel=plain(label), ylabel=CORRELATION, title="Where")
    _beside(panels, correlations, common, threshold)
    outside_legend(figure, panels[0])
    return figure


@styled
def agreement_over_points(
    points: np.ndarray,
    correlations: np.ndarray,
    common: int,
    threshold: float,
    labels: tuple[str, str],
) -> Figure:
    """Colour points (N, 2) of the samples by a correlation, number ``common`` of those (N, c)."""
    figure, panels = _panels(4.2, correlations.shape[1] > 1)
    confined, moved = confine(points)
    rows = thin(len(points))
    style = {"cmap": CONTINUOUS, "s": 12, "linewidth": 0, "vmin": 0, "vmax": 1}
    drawn = panels[0].scatter(*confined[rows].T, c=correlations[rows, common - 1], **style)
    panels[0].set(xlabel=plain(labels[0]), ylabel=plain(labels[1]))
    panels[0].set_title(f"Where {at_edge(moved)}".strip())
    figure.colorbar(drawn, ax=panels[0], label=CORRELATION)
    _beside(panels, correlations, common, threshold)
    return figure

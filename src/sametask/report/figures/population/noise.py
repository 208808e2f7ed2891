"""Figures of noise: how well weights are reconstructed when they, or their codes, are disturbed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from sametask.report.figures.population.told import LOWEST, series
from sametask.report.figures.style import grid, outside_legend, plain, styled

# Names of places are titles, names of autoencoders are lines.
Curves = Mapping[str, Mapping[str, np.ndarray]]


def _draw(places: np.ndarray, panels: Curves, label: str) -> Figure:
    figure, (row,) = grid(1, len(panels), 4.2, sharey=True)
    for axes, (title, curves) in zip(row, panels.items(), strict=True):
        for place, (name, values) in enumerate(curves.items()):
            shown = np.maximum(values, LOWEST)
            every = max(len(places) // 15, 1)
            axes.plot(places, shown, markevery=every, markersize=5.5, **series(place, name))
        axes.set(title=plain(title), xlabel=label)
    row[0].set(ylabel="R² of reconstructed weights", ylim=(None, 1.03))
    outside_legend(figure, row[0], columns=3)
    return figure


@styled
def draw_noise(ratios: np.ndarray, panels: Curves) -> Figure:
    """Draw R² (s,) over signal-to-noise ratios (s,) in decibels, of noise at several places."""
    return _draw(ratios, panels, "signal-to-noise ratio (dB); right: less noise")


@styled
def draw_noise_by_epoch(epochs: np.ndarray, panels: Curves) -> Figure:
    """Draw R² (E,) at epochs (E,) with noise of one strength, at several places."""
    return _draw(epochs, panels, "epoch")

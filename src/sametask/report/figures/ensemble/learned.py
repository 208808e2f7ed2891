"""Figures of what networks learn from: a series, images, or columns of numbers."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FormatStrFormatter, LogFormatter

from sametask.report.figures.colours import ACCENT, AREA, CLASSES, TRUTH
from sametask.report.figures.population.told import MARKERS
from sametask.report.figures.style import grid, logarithmic, outside_legend, plain, styled, thin

# Of a longer series, so many numbers are drawn on each side of the border to what is held out.
BESIDE = 400


@styled
def draw_series(series: np.ndarray, clean: np.ndarray | None, border: int) -> Figure:
    """Draw a series (T,), the same without noise where it is known, held out from ``border`` on.

    Of a long series, what is drawn is beside the border.
    """
    first, last = max(border - BESIDE, 0), min(border + BESIDE, len(series))
    places = np.arange(first, last)
    figure, ((axes,),) = grid(1, 1, 3.4)
    axes.axvspan(border - 0.5, last - 1, color=AREA, label="held out", zorder=0)
    axes.plot(places, series[first:last], ".-", color=ACCENT, markersize=3.5, linewidth=0.5,
              label="series")  # fmt: skip
    if clean is not None:
        axes.plot(places, clean[first:last], color=TRUTH, linewidth=2, label="without noise")
    part = "" if last - first == len(series) else f" (of {len(series):,})"
    axes.set(xlabel=f"place in the series{part}", ylabel="value", xlim=(first, last - 1))
    outside_legend(figure, axes)
    return figure


@styled
def draw_images(images: np.ndarray, titles: list[str]) -> Figure:
    """Draw images (n, h, w) in a row, on one scale, with a title each."""
    count = len(images)
    figure, (row,) = grid(1, count, 1.5)
    low, high = images.min(), images.max()
    for axes, image, title in zip(row, images, titles, strict=True):
        axes.imshow(image, cmap="gray", vmin=low, vmax=high)
        axes.set_title(plain(title))
        axes.set_axis_off()
    return figure


@styled
def draw_columns(
    inputs: np.ndarray, directions: tuple[str, str], classes: np.ndarray, names: list[str]
) -> Figure:
    """Draw two columns of inputs (n, 2) as points, by class (n,)."""
    figure, ((axes,),) = grid(1, 1, 4.2, 7.0)
    for place, name in enumerate(names):
        chosen = inputs[classes == place]
        axes.plot(*chosen[thin(len(chosen))].T, MARKERS[place % len(MARKERS)],
                  color=CLASSES[place % len(CLASSES)], markersize=5, alpha=0.7,
                  label=plain(name))  # fmt: skip
    axes.set(xlabel=directions[0], ylabel=directions[1])
    outside_legend(figure, axes)
    return figure


@styled
def draw_losses(losses: dict[str, np.ndarray], label: str) -> Figure:
    """Draw the loss (n, E) of all networks over epochs by scheme: median and middle 90 %."""
    figure, ((axes,),) = grid(1, 1, 3.8, 7.0)
    for place, (name, values) in enumerate(losses.items()):
        epochs = np.arange(1, values.shape[1] + 1)
        low, middle, high = np.nanquantile(values, (0.05, 0.5, 0.95), axis=0)
        colour, dashes = CLASSES[place % len(CLASSES)], ("-", "--", ":")[place % 3]
        axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(epochs, middle, color=colour, linestyle=dashes, linewidth=2, label=plain(name))
    axes.set(xlabel="epoch", ylabel=label)
    logarithmic(axes)
    if axes.get_yscale() == "log":
        # 0.1, not 10⁻¹.
        axes.yaxis.set_major_formatter(FormatStrFormatter("%g"))
        axes.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
    outside_legend(figure, axes)
    return figure

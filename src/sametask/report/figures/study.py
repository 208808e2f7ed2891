"""The figure of a study: held-out errors against the number of shared inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from sametask.report.figures.colours import BASELINE, MUTED, PALETTE, WRITING
from sametask.report.figures.style import DASHED, WIDTH, Style, outside_legend, plain, styled

BAND = (0.1, 0.9)
# Errors are drawn between round-off and this; 1 is the error of the mean.
FLOOR, TOP = 1e-16, 10.0
# A reader can distinguish at most this many curves in a panel.
CURVES = 10
# Our maps are coloured and filled, baselines grey and hollow; all differ in marker or line.
STYLES: dict[str, Style] = {
    "intrinsic": {"color": PALETTE[0], "marker": "o", "linewidth": 3},
    "dense_direct_rbf": {"color": PALETTE[1], "marker": "s", "linewidth": 2},
    "intrinsic_zoomout": {"color": PALETTE[5], "marker": "^", "linestyle": "--"},
    "intrinsic_pairs": {"color": PALETTE[3], "marker": "v", "linestyle": "--"},
    "direct_rbf": {"color": WRITING, "marker": "D", "linewidth": 1.8},
    "affine": {"color": BASELINE, "marker": "X", "linestyle": "--"},
    "procrustes": {"color": BASELINE, "marker": "s", "linestyle": "-."},
    "knn": {"color": BASELINE, "marker": "^", "linestyle": ":"},
    "relative": {"color": BASELINE, "marker": "P", "linestyle": (0, (6, 2, 1, 2, 1, 2))},
    "mean": {"color": BASELINE, "marker": "", "linestyle": (0, (1, 1))},
    "dense_affine": {"color": PALETTE[2], "marker": "P", "linestyle": "--"},
    "dense_thesis": {"color": PALETTE[2], "marker": "<", "linestyle": "-."},
    "dense_procrustes": {"color": PALETTE[4], "marker": ">", "linestyle": "--"},
    "dense_relative": {"color": PALETTE[4], "marker": "h", "linestyle": "-."},
    "dense_knn": {"color": PALETTE[2], "marker": "*", "linestyle": ":"},
}
# The spread of these is drawn as a band, that of all others as bars: bands would overlap.
BANDS = ("intrinsic", "dense_direct_rbf", "direct_rbf")


def drawn_maps(names: Sequence[str]) -> list[str]:
    """Return the maps to draw, the most important first."""
    return [name for name in STYLES if name in names][:CURVES]


def middle(errors: np.ndarray) -> np.ndarray:
    """Return 10 %, 50 % and 90 % quantiles (3, counts) of errors (counts, choices), without NaN."""
    quantiles = np.full((3, len(errors)), np.nan)
    for place, row in enumerate(errors):
        known = row[np.isfinite(row)]
        if len(known):
            quantiles[:, place] = np.quantile(known.clip(FLOOR, TOP), (BAND[0], 0.5, BAND[1]))
    return quantiles


def crossover(counts: Sequence[int], ours: np.ndarray, theirs: np.ndarray) -> int | None:
    """Return the number of shared inputs from which on a baseline's median is ahead of ours."""
    ahead = middle(theirs)[1] < middle(ours)[1]
    known = np.isfinite(middle(theirs)[1] + middle(ours)[1])
    behind = np.flatnonzero(known & ~ahead)
    later = np.flatnonzero(known & ahead)
    later = later[later > behind[-1]] if len(behind) else later
    return counts[later[0]] if len(later) else None


def _draw_curve(
    axes: Axes, counts: np.ndarray, errors: np.ndarray, name: str, aside: float
) -> None:
    """Draw the median and the spread of errors (counts, choices); ``aside`` keeps bars apart."""
    low, median, high = middle(errors)
    style: Style = {"markersize": 6, "linewidth": 1.4, "zorder": 3} | STYLES[name]
    hollow: Style = (
        {} if style["color"] != BASELINE else {"markerfacecolor": "white", "zorder": 2.5}
    )
    axes.plot(counts, median, label=plain(name), **style | hollow)
    colour = style["color"]
    if name in BANDS:
        axes.fill_between(counts, low, high, color=colour, alpha=0.16, linewidth=0)
    bars: Style = {"fmt": "none", "ecolor": colour, "elinewidth": 0.9, "alpha": 0.7, "zorder": 2}
    if name not in BANDS and name != "mean":
        axes.errorbar(counts * aside, median, [median - low, high - median], **bars)


def _strip(axes: Axes, counts: np.ndarray, found: np.ndarray) -> None:
    """Draw the share of choices (counts, choices) with a match reported as found."""
    share = found.mean(axis=1)
    axes.fill_between(counts, share, color=PALETTE[0], alpha=0.2, linewidth=0)
    axes.plot(counts, share, color=PALETTE[0], marker="o", markersize=5)
    axes.set(ylim=(-0.06, 1.1), yticks=[0, 0.5, 1], xlabel="shared inputs (number)")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))


def _ticks(axes: Axes, counts: Sequence[int]) -> None:
    """Scale the axis of numbers logarithmically, with 0, and write the numbers that have room."""
    axes.set_xscale("symlog", linthresh=1) if 0 in counts else axes.set_xscale("log")
    written: list[int] = []
    for count in counts:
        if not written or count >= 1.25 * max(written[-1], 0.8):
            written.append(count)
    axes.set_xticks(written, [f"{count:,}" for count in written])
    axes.xaxis.set_minor_locator(NullLocator())


def _mark(above: Axes, below: Axes, anchors: int) -> None:
    """Mark the number of inputs that this experiment shares."""
    for axes in (above, below):
        axes.axvline(anchors, zorder=1, **DASHED)
    place: Style = {"xycoords": ("data", "axes fraction"), "va": "bottom", "ha": "center"}
    above.annotate(f"this page: {anchors}", (anchors, 1.01), fontsize=9.5, **place)


@styled
def study_figure(
    counts: Sequence[int],
    errors: Mapping[str, Mapping[str, np.ndarray]],
    found: np.ndarray,
    anchors: int,
) -> Figure:
    """Draw relative errors over the number of shared inputs, and the share of choices found.

    ``errors`` is ``{title: {map: errors (counts, choices)}}``, NaN where a map is impossible;
    ``found`` (counts, choices).
    """
    figure = Figure(figsize=(WIDTH, 6.2), layout="constrained")
    panels = figure.subplots(2, len(errors), squeeze=False, sharex=True, sharey="row",
                             height_ratios=(4, 1))  # fmt: skip
    number = np.asarray(counts, float)
    for (above, below), (title, maps) in zip(panels.T, errors.items(), strict=True):
        for place, (name, values) in enumerate(maps.items()):
            _draw_curve(above, number, values, name, 1.012 ** (place - len(maps) / 2))
        _strip(below, number, found)
        _mark(above, below, anchors)
        above.set_title(plain(title), pad=20)
        above.set_yscale("log")
        above.axhline(1, color=MUTED, linewidth=0.8, zorder=1)
    _ticks(panels[0, 0], counts)
    panels[0, 0].set_ylabel("relative error, held out\n(squared error / variance)")
    panels[1, 0].set_ylabel("choices\nfound")
    outside_legend(figure, panels[0, 0])
    return figure

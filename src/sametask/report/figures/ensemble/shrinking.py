"""Figures of networks that were made smaller: quality over size, and whether they are the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from sametask.report.figures.colours import CONTROL, PALETTE, TRUTH
from sametask.report.figures.population.told import series
from sametask.report.figures.style import DASHED, grid, outside_legend, plain, side_by_side, styled

# Shares beyond these are drawn at the edge.
LEAST, MOST = -1.0, 1.5
# What the letters in a relation stand for.
SIDES = {"a": "original", "b": "shrunk"}


def _by_size(axes: Axes, sizes: np.ndarray) -> None:
    """Scale the axis of sizes (n,) logarithmically, with a few of them as ticks."""
    axes.set_xscale("log")
    ticks = [size for size in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512) if size < 0.8 * sizes.max()]
    axes.xaxis.set_major_locator(FixedLocator([*ticks, sizes.max()]))
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_locator(NullLocator())


@styled
def draw_shrinking(
    sizes: np.ndarray,
    panels: Mapping[str, Mapping[str, np.ndarray]],
    label: str,
    read_out: Mapping[str, np.ndarray],
) -> Figure:
    """Draw quality over the number of neurons that are left, a panel for each way to leave them.

    ``panels`` by title, and in it by method, have low, mean, high and the standard deviation over
    networks (4, n) for sizes (n,). The band is the interval of the mean. ``read_out`` are sizes and
    qualities (2, m) of the source by name, drawn as marks in the first panel. The dashed line is
    the quality of whole networks.
    """
    figure, drawn = side_by_side(panels, 0.85, ("neurons that are left", label))
    methods = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    for axes, lines in zip(drawn, panels.values(), strict=True):
        for name, (low, mean, high, _) in lines.items():
            style = series(methods.index(name), "_")
            axes.plot(sizes, mean, markersize=4, **style)
            axes.fill_between(sizes, low, high, color=style["color"], alpha=0.18, linewidth=0)
        axes.axhline(mean[-1], **DASHED)
        _by_size(axes, sizes)
    for mark, (name, (left, reached)) in zip("x+", read_out.items(), strict=False):
        drawn[0].plot(left, reached, mark, color=TRUTH, markersize=7, label=plain(name))
    for place, name in enumerate(methods):
        # An empty line for the legend: a method may be missing in the first panel.
        drawn[0].plot([], [], markersize=4, **series(place, name))
    drawn[0].plot([], [], label="all neurons", **DASHED)
    outside_legend(figure, drawn[0])
    return figure


@styled
def draw_sameness(
    sizes: np.ndarray,
    quality: np.ndarray,
    share: np.ndarray,
    similarity: np.ndarray,
    relations: Mapping[str, Sequence[Sequence[str]]],
    label: str,
) -> Figure:
    """Draw whether shrunk networks are still the same: figures and words over size.

    ``quality``, task ``share`` and ``similarity`` (linear CKA) are (n, m), of m networks at n
    sizes. ``relations`` by what is related (task, layer) have the words (n, m). Shares that are far
    outside are drawn at the edge.
    """
    figure, drawn = grid(2, 2, 3.5, sharex=True)
    values = {label: quality, "task share": np.clip(share, LEAST, MOST), "linear CKA": similarity}
    for axes, (name, each) in zip(drawn.flat, values.items(), strict=False):
        axes.plot(np.repeat(sizes, each.shape[1]), each.flatten(), "o", color=CONTROL, markersize=4)
        axes.plot(sizes, np.median(each, axis=1), color=PALETTE[0])
        axes.set_ylabel(name)
    drawn[0, 1].axhline(1, **DASHED)
    _draw_words(drawn[1, 1], sizes, relations)
    for axes in drawn[1]:
        axes.set_xlabel("neurons that are left")
    _by_size(drawn[1, 1], sizes)
    return figure


def _spelled(relation: str) -> str:
    """Return a relation in words: a is the original, b is what is left of it."""
    return " ".join(SIDES.get(word, word) for word in relation.split("_"))


def _draw_words(
    axes: Axes, sizes: np.ndarray, relations: Mapping[str, Sequence[Sequence[str]]]
) -> None:
    """Draw how many networks have each relation at each size, a row for each relation."""
    rows = [
        (what, word)
        for what, found in relations.items()
        for word in dict.fromkeys(word for words in found for word in words)
    ]
    for place, (what, word) in enumerate(rows):
        counts = np.array([list(words).count(word) for words in relations[what]])
        there = counts > 0
        colour = PALETTE[list(relations).index(what)]
        axes.scatter(sizes[there], np.full(there.sum(), place), s=36 * counts[there], color=colour)
    names = [f"{what}: {_spelled(word)}" for what, word in rows]
    axes.set_yticks(range(len(rows)), names)
    axes.set(ylim=(-0.7, len(rows) - 0.3), title="networks by relation to the original")

"""Figure of the evidence on a task: how few shared samples a simple map needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from sametask.report.figures.colours import ACCENT, CONTROL, PALETTE, TRUTH
from sametask.report.figures.style import Style, grid, outside_legend, plain, styled

# The middle 90 % of the choices of shared samples is shaded.
BAND = (0.05, 0.95)
# Curves differ by marker and dashes, too. The pair is the only filled and thick one.
STYLES: dict[str, Style] = {
    "source": {"color": ACCENT, "marker": "o", "linewidth": 3, "zorder": 4},
    "ceiling": {"color": TRUTH, "marker": "", "linestyle": (0, (5, 2)), "linewidth": 1.6},
    "inputs": {"color": PALETTE[1], "marker": "s", "linestyle": "-."},
    "untrained": {"color": CONTROL, "marker": "^", "linestyle": ":"},
    "different_task": {"color": PALETTE[3], "marker": "D", "linestyle": (0, (6, 2, 1, 2, 1, 2))},
}
# Numbers of shared samples closer than this factor have no room for both to be written.
APART = 1.45
# Letters in a line above a panel.
LETTERS = 62


@dataclass(frozen=True)
class TaskPanel:
    """A direction: ``fidelity`` (k, c) of each start at the numbers (k,) of shared samples.

    ``title`` and ``result`` stand above the panel, ``labels`` are of the starts, ``samples`` that
    of x. ``wanted`` is the fidelity that suffices, ``needed`` the number of shared samples for it,
    ``None`` if never.
    """

    title: str
    result: str
    labels: Mapping[str, str]
    samples: str
    numbers: Sequence[int]
    fidelity: Mapping[str, np.ndarray]
    wanted: float
    needed: int | None


def spread(fidelity: np.ndarray) -> np.ndarray:
    """Return 5 %, 50 % and 95 % quantiles (3, k) of fidelities (k, c), of which some are NaN."""
    return np.nanquantile(fidelity, (BAND[0], 0.5, BAND[1]), axis=1)


def written(numbers: Sequence[int], needed: int | None) -> list[int]:
    """Return the numbers with room on a logarithmic axis: the needed one first, then the last."""
    kept: list[int] = []
    for number in [needed, numbers[-1], *numbers]:
        if number and all(max(number, one) >= APART * min(number, one) for one in kept):
            kept.append(number)
    return sorted(kept)


def _draw_curves(axes: Axes, panel: TaskPanel) -> None:
    for start, style in STYLES.items():
        if start not in panel.fidelity:
            continue
        low, median, high = spread(panel.fidelity[start])
        line: Style = {"markersize": 5.5, "linewidth": 1.8, "markerfacecolor": "white", "zorder": 3}
        if start == "source":
            line["markerfacecolor"] = style["color"]
            axes.fill_between(panel.numbers, low, high, color=style["color"], alpha=0.18, lw=0)
        axes.plot(panel.numbers, median, label=plain(panel.labels[start]), **line | style)


def _mark_needed(axes: Axes, panel: TaskPanel) -> None:
    """Draw the fidelity that suffices, and the number of shared samples that reach it."""
    axes.axhline(panel.wanted, color=CONTROL, linewidth=0.9, zorder=1)
    if panel.needed is None:
        return
    axes.axvline(panel.needed, color=ACCENT, linewidth=1.4, zorder=1)
    beside: Style = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(
        f"{panel.needed:,}", (panel.needed, 1.0), (0, 2), ha="center", va="bottom",
        color=ACCENT, fontweight="bold", fontsize=11, **beside,
    )  # fmt: skip


def _scale(axes: Axes, panel: TaskPanel) -> None:
    ticks = written(panel.numbers, panel.needed)
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{number:,}" for number in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    # Room beside the outermost marks; without it, an axis of one number would have no width.
    axes.set_xlim(panel.numbers[0] / 1.15, panel.numbers[-1] * 1.15)
    axes.set_xlabel(panel.samples)


@styled
def task_figure(panels: Sequence[TaskPanel], fidelity: str) -> Figure:
    """Draw the fidelity of stitched networks over the number of shared samples, a panel each way.

    ``fidelity`` is the label of y.
    """
    figure, (row,) = grid(1, len(panels), 4.9, sharey=True)
    for axes, panel in zip(row, panels, strict=True):
        _draw_curves(axes, panel)
        _mark_needed(axes, panel)
        _scale(axes, panel)
        lines = [fill(panel.title, LETTERS), fill(panel.result, LETTERS)]
        axes.set_title(plain("\n".join(lines)), pad=20, loc="left")
    lowest = min(np.nanmin(spread(values)) for p in panels for values in p.fidelity.values())
    row[0].set_ylim(min(0.0, lowest) - 0.03, 1.03)
    row[0].set_ylabel(fidelity)
    outside_legend(figure, row[0])
    return figure

"""Figure of pairs of networks: what distances of their weights say of their tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sametask.report.figures.colours import CONTROL, PALETTE, TRUTH
from sametask.report.figures.style import DASHED, Style, grid, styled

Row = Mapping[str, Any]
Areas = Mapping[str, Mapping[str, Sequence[float]]]

# Every kind of pair has a colour and a marker of its own; open markers share the start.
KINDS: dict[str, Style] = {
    "same task": {"color": PALETTE[0], "marker": "o"},
    "other task": {"color": PALETTE[1], "marker": "s"},
    "other task, same start": {"color": PALETTE[1], "marker": "s", "facecolors": "none"},
    "earlier checkpoint": {"color": CONTROL, "marker": "D"},
    "own earlier checkpoint": {"color": CONTROL, "marker": "D", "facecolors": "none"},
}
SAME, *OTHERS = ("same task", "other task", "other task, same start")
EARLIER = ("earlier checkpoint", "own earlier checkpoint")
SHARE = "task share"
# Shares beyond the first and the last of these ticks are drawn at the edge.
TICKS = {-1.0: "≤ −1", -0.5: "−0.5", 0.0: "0", 0.5: "0.5", 1.0: "1", 1.5: "≥ 1.5"}


def _values(rows: Sequence[Row], score: str) -> np.ndarray:
    """Return a distance of each pair, or the task share as far as it is shown."""
    if score == SHARE:
        return np.clip([row["similarities"][SHARE] for row in rows], min(TICKS), max(TICKS))
    return np.array([row["distances"][score] for row in rows])


def _scale(axes: Axes, score: str) -> None:
    """Label the axis of y, and say of task shares what lies at the edge."""
    axes.set_ylabel(score if score == SHARE else f"distance: {score}")
    if score == SHARE:
        axes.set_yticks(list(TICKS), list(TICKS.values()))


def _draw_areas(axes: Axes, areas: Areas, scores: Sequence[str]) -> None:
    """Draw the area under the ROC curve of every score, against each kind of other pairs."""
    places = np.arange(len(scores))[::-1]
    for shift, kind in zip((0.16, -0.16), OTHERS, strict=True):
        found = np.array([areas[kind][score] for score in scores])
        style = KINDS[kind]
        axes.hlines(places + shift, found[:, 0], found[:, 2], color=style["color"], linewidth=2)
        face = "white" if "facecolors" in style else style["color"]
        axes.scatter(
            found[:, 1], places + shift, s=34, marker=style["marker"], zorder=3,
            facecolors=face, edgecolors=style["color"],
        )  # fmt: skip
    axes.axvline(0.5, **DASHED)
    axes.set(xlabel="area under the ROC curve", yticks=places, yticklabels=scores)
    axes.set_title("same task against other tasks")


def _draw_trained(axes: Axes, rows: Sequence[Row], score: str) -> None:
    """Draw the task share of trained pairs over a distance."""
    for kind in (SAME, *OTHERS):
        some = [row for row in rows if row["why"] == kind]
        axes.scatter(_values(some, score), _values(some, SHARE), s=20, label=kind, **KINDS[kind])
    axes.set(xlabel=f"distance: {score}", title="two trained networks")
    _scale(axes, SHARE)


def _draw_by_epoch(axes: Axes, rows: Sequence[Row], score: str) -> None:
    """Draw a score of trained networks and earlier checkpoints of their task, and its medians.

    The last place is that of trained pairs of the same task.
    """
    draw = np.random.default_rng(0)
    some = [row for row in rows if row["why"] in (SAME, *EARLIER)]
    epochs = sorted({row["b"]["epoch"] for row in some})
    for kind in (SAME, *EARLIER):
        chosen = [row for row in some if row["why"] == kind]
        places = np.array([epochs.index(row["b"]["epoch"]) for row in chosen], float)
        places += draw.uniform(-0.22, 0.22, len(chosen))
        axes.scatter(places, _values(chosen, score), s=20, label=kind, **KINDS[kind])
    for place, epoch in enumerate(epochs):
        middle = np.median(_values([row for row in some if row["b"]["epoch"] == epoch], score))
        axes.hlines(middle, place - 0.35, place + 0.35, color=TRUTH, linewidth=2.2, zorder=3)
    axes.set(xticks=range(len(epochs)), xticklabels=epochs, xlabel="epoch of the second network")
    axes.set_title("two networks of one task")
    _scale(axes, score)


@styled
def draw_weight_pairs(
    areas: Areas, scores: Sequence[str], rows: Sequence[Row], spaces: tuple[str, str]
) -> Figure:
    """Draw how far scores separate pairs, and two distances (``spaces``) beside the task share.

    Above: areas under ROC curves, and the task share of trained pairs over each distance. Below:
    the task share and both distances of trained networks and earlier checkpoints of their task.
    ``areas``, ``scores`` and ``rows`` are those of ``pairs.json``.
    """
    figure, panels = grid(2, 3, 3.9)
    _draw_areas(panels[0, 0], areas, scores)
    for axes, space in zip(panels[0, 1:], spaces, strict=True):
        _draw_trained(axes, rows, space)
    for axes, score in zip(panels[1], (SHARE, *spaces), strict=True):
        _draw_by_epoch(axes, rows, score)
    handles = {
        label: handle
        for axes in (panels[0, 1], panels[1, 0])
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside upper center", ncols=len(handles))
    return figure

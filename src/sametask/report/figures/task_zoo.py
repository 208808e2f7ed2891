"""Figures of the task zoo: plain rows in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sametask.report.figures.colours import BASELINE, PALETTE, TRUTH
from sametask.report.figures.style import DASHED, grid, outside_legend, styled

Row = Mapping[str, Any]
Areas = Mapping[str, Mapping[str, Sequence[float]]]


@styled
def draw_areas(areas: Areas, target: float) -> Figure:
    """Draw the area under the ROC curve of every score, with its interval, for each kind of layer.

    ``areas`` are low, estimate and high, by kind and score; the first score is ours.
    """
    names = list(next(iter(areas.values())))
    height = 1.1 + 0.36 * len(names)
    figure, panels = grid(1, len(areas), height, sharey=True, sharex=True)
    places = np.arange(len(names))[::-1]
    for (kind, scores), axes in zip(areas.items(), panels[0], strict=True):
        for place, name in zip(places, names, strict=True):
            low, estimate, high = scores[name]
            colour = PALETTE[0] if name == names[0] else BASELINE
            axes.plot([low, high], [place, place], color=colour, linewidth=3)
            axes.plot(estimate, place, "o", color=colour, markersize=7)
        axes.axvline(target, **DASHED)
        axes.set(title=kind, xlabel="area under the ROC curve", yticks=places, yticklabels=names)
    return figure


@styled
def draw_scores(rows: Sequence[Row], same: str) -> Figure:
    """Draw every score of pairs of the same task beside those of all others."""
    names = list(rows[0]["scores"])
    columns = -(-len(names) // 2)
    figure, panels = grid(2, columns, 2.9)
    draw = np.random.default_rng(0)
    truth = np.array([row["truth"] == same for row in rows])
    for panel in panels.flat[len(names) :]:
        panel.set_axis_off()
    for name, panel in zip(names, panels.flat, strict=False):
        scores = np.clip([row["scores"][name] for row in rows], -0.25, 1.25)
        for place, chosen in enumerate((truth, ~truth)):
            spread = place + draw.uniform(-0.3, 0.3, chosen.sum())
            panel.scatter(spread, scores[chosen], s=9, color=PALETTE[place], marker="os"[place])
        panel.set(title=name, xlim=(-0.6, 1.6), xticks=(0, 1), xticklabels=("same task", "others"))
    for axes in panels[:, 0]:
        axes.set_ylabel("score (no unit)")
    return figure


@styled
def draw_graded(rows: Sequence[Row], order: Sequence[str], score: str) -> Figure:
    """Draw the score of graded pairs by what was changed, in the order given, and by data set.

    A bar marks the median of each change.
    """
    figure, ((axes,),) = grid(1, 1, 4.6)
    data = list(dict.fromkeys(row["data"] for row in rows))
    draw = np.random.default_rng(0)
    for colour, marker, name in zip(PALETTE, "os^Dv*", data, strict=False):
        chosen = [row for row in rows if row["data"] == name and row["why"] in order]
        places = np.array([order.index(row["why"]) for row in chosen], dtype=float)
        places += draw.uniform(-0.25, 0.25, len(chosen))
        shown = np.clip([row["scores"][score] for row in chosen], -0.25, 1.25)
        axes.scatter(places, shown, s=24, color=colour, marker=marker, label=name)
    for place, why in enumerate(order):
        scores = [row["scores"][score] for row in rows if row["why"] == why]
        middle = np.clip(np.median(scores), -0.25, 1.25)
        axes.plot([place - 0.35, place + 0.35], [middle, middle], color=TRUTH, linewidth=2.5)
    axes.set(xticks=range(len(order)), ylabel=f"{score}, smaller direction")
    axes.set_xticklabels([why.replace(" of the ", "\nof the ").replace(" to ", "\nto ").replace(
        "another ", "another\n").replace("-bit ", "-bit\n").replace("same ", "same\n")
        for why in order])  # fmt: skip
    outside_legend(figure, axes, columns=6)
    return figure

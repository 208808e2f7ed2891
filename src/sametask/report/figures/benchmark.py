"""Figures of the same-task benchmark: plain rows in, figures out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from sklearn.metrics import roc_curve

from sametask.base.relations import EQUIVALENT, RELATIONS
from sametask.report.figures.colours import MUTED, PALETTE, TRUTH
from sametask.report.figures.style import grid, outside_legend, styled
from sametask.report.wording.relation import relation_words

HALVES = {"calibration": "calibration half", "held_out": "held-out half"}
# Matches without places, and those with a larger stress, are drawn here.
WORST = 1.0
Row = Mapping[str, Any]
MARKERS = dict(zip(RELATIONS, "o>^sX", strict=True))
COLOURS = dict(zip(RELATIONS, (*PALETTE[:3], PALETTE[4], MUTED), strict=True))


def _scores(rows: Sequence[Row], name: str) -> tuple[np.ndarray, np.ndarray]:
    truth = np.array([row["truth"] == EQUIVALENT for row in rows])
    return truth, np.array([row["scores"][name] for row in rows])


@styled
def draw_roc(rows: Sequence[Row]) -> Figure:
    """Draw the ROC curve for "equivalent" of every score."""
    figure, ((axes,),) = grid(1, 1, 4.4, 6.4)
    styles = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
    for place, name in enumerate(rows[0]["scores"]):
        wrong, right, _ = roc_curve(*_scores(rows, name))
        width = 2.6 if place == 0 else 1.6
        axes.step(
            wrong, right, where="post", linestyle=styles[place], color=PALETTE[place], label=name,
            linewidth=width,
        )  # fmt: skip
    axes.set(xlim=(-0.02, 1), ylim=(0, 1.02), xlabel="share of other pairs called equivalent",
             ylabel="share of equivalent pairs found")  # fmt: skip
    axes.legend(loc="lower right")
    return figure


@styled
def draw_scores(rows: Sequence[Row]) -> Figure:
    """Draw every score of equivalent pairs beside those of all others."""
    names = list(rows[0]["scores"])
    figure, axes = grid(1, len(names), 3.4)
    draw = np.random.default_rng(0)
    for name, panel in zip(names, axes[0], strict=True):
        truth, scores = _scores(rows, name)
        for place, chosen in enumerate((truth, ~truth)):
            spread = place + draw.uniform(-0.3, 0.3, chosen.sum())
            panel.scatter(spread, scores[chosen], s=9, color=PALETTE[place], marker="os"[place])
        panel.set(title=name, xlim=(-0.6, 1.6), xticks=(0, 1), xticklabels=("equivalent", "others"))
    axes[0, 0].set_ylabel("score (no unit)")
    return figure


@styled
def draw_explained(rows: Sequence[Row], determined: float, related: float) -> Figure:
    """Draw the lower ends of R² both ways, by true relation; filled if the verdict is right."""
    figure, panels = grid(1, 2, 4.6)
    for kind, axes in zip(("outputs", "hidden"), panels[0], strict=True):
        for truth in RELATIONS:
            chosen = [row for row in rows if (row["kind"], row["truth"]) == (kind, truth)]
            places = np.array(
                [[row["r2"].get(way, [0])[0] for way in ("a_to_b", "b_to_a")] for row in chosen]
            )
            faces = [COLOURS[truth] if row["relation"] == truth else "none" for row in chosen]
            if len(chosen):
                axes.scatter(
                    *np.clip(places, 0, 1).T, marker=MARKERS[truth], s=34, facecolors=faces,
                    edgecolors=COLOURS[truth], label=relation_words(truth, "a", "b"),
                )  # fmt: skip
        for place, line in ((determined, "--"), (related, ":")):
            axes.axvline(place, color=TRUTH, linestyle=line, linewidth=1)
            axes.axhline(place, color=TRUTH, linestyle=line, linewidth=1)
        axes.set(title=kind, xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="R² a → b, lower end",
                 ylabel="R² b → a, lower end")  # fmt: skip
    outside_legend(figure, panels[0, 0])
    return figure


def _stress(rows: Sequence[Row]) -> np.ndarray:
    return np.minimum([WORST if row["stress"] is None else row["stress"] for row in rows], WORST)


@styled
def draw_confidence(
    halves: Mapping[str, Sequence[Row]],
    constants: Mapping[str, float],
    interval: Mapping[str, Sequence[float]],
    threshold: float,
) -> Figure:
    """Draw right and wrong matches over their stress, and the confidence curve, for both halves.

    Rows are of pairs with equal ranks; ``constants`` are ``even`` and ``power`` of the curve,
    ``interval`` its ends ``low`` and ``high`` at some ``stress``.
    """
    figure, panels = grid(1, 2, 3.8, sharey=True)
    lowest = min(_stress(rows).min() for rows in halves.values())
    curve = np.geomspace(0.7 * lowest, 1.3 * WORST, 200)
    draw = np.random.default_rng(0)
    for axes, (half, rows) in zip(panels[0], halves.items(), strict=True):
        for truth in RELATIONS:
            chosen = [row for row in rows if row["truth"] == truth]
            level = np.array([row["right"] for row in chosen]) + draw.uniform(
                -0.08, 0.08, len(chosen)
            )
            faces = [COLOURS[truth] if row["found"] else "none" for row in chosen]
            axes.scatter(
                _stress(chosen), level, marker=MARKERS[truth], s=34, facecolors=faces,
                edgecolors=COLOURS[truth], label=relation_words(truth, "a", "b"),
            )  # fmt: skip
        axes.plot(curve, 1 / (1 + (curve / constants["even"]) ** constants["power"]), color=TRUTH)
        ends = (interval[key] for key in ("stress", "low", "high"))
        axes.fill_between(*ends, color=TRUTH, alpha=0.12, linewidth=0)
        axes.axhline(threshold, color=TRUTH, linestyle=":", linewidth=1)
        axes.set(title=HALVES[half], xscale="log", xlabel="stress: mean relative error of "
                 "local lengths", ylim=(-0.15, 1.15), yticks=(0, 0.5, 1))  # fmt: skip
    panels[0, 0].set_ylabel("confidence; matches: wrong 0, right 1")
    outside_legend(figure, panels[0, 0])
    return figure

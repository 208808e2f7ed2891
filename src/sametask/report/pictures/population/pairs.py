"""Pairs of networks: distances of their weights beside the verdict on their tasks."""

from __future__ import annotations

from sametask.report.data.population import Studied
from sametask.report.figures.weight_pairs import SHARE, draw_weight_pairs
from sametask.report.pictures.picture import Picture
from sametask.report.wording.numbers import interval_text, listed

# The distances that are drawn beside the verdict: without knowledge of symmetries, and with it.
SPACES = ("raw weights", "principal components")
# Pairs that distances of weights take for close.
HARDEST = "other task, same start"


def pairs_pictures(studied: Studied) -> list[Picture]:
    """Return the figure of the pairs that were compared, if there are any."""
    if studied.pairs is None:
        return []
    found = studied.pairs
    areas = found["areas"][HARDEST]
    told = [f"{interval_text(areas[score])} of {score}" for score in (SHARE, *SPACES)]
    figure = draw_weight_pairs(found["areas"], found["scores"], found["pairs"], SPACES)
    return [
        Picture(
            "pairs",
            "Distances of weights, and the verdict on the task",
            figure,
            "How far scores separate pairs of the same task, and two distances beside the share of "
            "the task that both networks have.",
            f"{len(found['pairs']):,} pairs of held-out networks. Upper left: the area under the "
            "ROC curve, with 95 % intervals, of pairs of the same task against pairs of other "
            "tasks; 1 separates all, 0.5 (dashed) is chance. Beside it: the task share of the "
            "verdict over two distances. Below: trained networks and earlier checkpoints of their "
            "task; bars are medians. Areas against networks of other tasks that began with the "
            f"same weights: {listed(told)}.",
        )
    ]

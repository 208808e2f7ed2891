"""Statistics of all weights of a network beside its accuracy."""

from __future__ import annotations

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.network import Colouring
from sametask.report.figures.population.spaces import draw_statistics
from sametask.report.figures.style import drawn
from sametask.report.pictures.picture import Picture
from sametask.report.wording.population import STATISTICS
from sametask.weights.statistics import VARIANTS, chosen


def statistics_pictures(studied: Studied) -> list[Picture]:
    """Scatter accuracy over the seven statistics of all weights, coloured by epoch."""
    if studied.statistics is None:
        return []
    network, checkpoint = np.nonzero(np.isfinite(studied.accuracy))
    some = drawn(len(network))
    network, checkpoint = network[some], checkpoint[some]
    if not len(network):
        return []
    values = chosen(studied.statistics["whole"][network, checkpoint], studied.variant)
    names = [STATISTICS.get(name, name) for name in VARIANTS[studied.variant]]
    epochs = studied.population.epochs[checkpoint].astype(float)
    colouring = Colouring(epochs, "epoch", discrete=False)
    return [
        Picture(
            "statistics",
            "Accuracy over statistics of the weights",
            draw_statistics(values, names, studied.accuracy[network, checkpoint], colouring),
            "Accuracy over each of seven statistics of all weights of a network.",
            f"{len(network):,} checkpoints; each statistic is of all weights of a network. Where "
            "points lie along a line, one number tells accuracy; where colours lie along it too, "
            "much of that is the epoch, which both follow.",
        )
    ]

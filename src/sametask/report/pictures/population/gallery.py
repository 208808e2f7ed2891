"""The best and the worst networks of a population, drawn as their weights."""

from __future__ import annotations

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.population.weights import Words, draw_gallery
from sametask.report.pictures.picture import Picture
from sametask.report.pictures.population.drawn_weights import Filters, ranked

# Networks of each group.
SHOWN = 6


def _kind(studied: Studied, network: int) -> str:
    """Return what a network has of its own, if the population has several of it."""
    population = studied.population
    own = [
        population.classes[name][population.places(name)[network]].replace("_", " ")
        for name, values in population.classes.items()
        if len(values) > 1
    ]
    return ", ".join(own)


def _group(studied: Studied, filters: Filters, networks: np.ndarray) -> list[Words]:
    """Return networks as mosaics of their weights after the training, and how right they are."""
    last = len(studied.population.epochs) - 1
    return [
        (
            f"{studied.accuracy[network, last]:.1%} right\n{_kind(studied, network)}".strip(),
            filters.drawn(studied, int(network), last),
        )
        for network in networks
    ]


def gallery_pictures(studied: Studied) -> list[Picture]:
    """Draw the best and the worst held-out networks; nothing if their weights are no images."""
    order, filters = ranked(studied), Filters.of(studied.population.layers)
    if len(order) < 2 or filters is None:
        return []
    count = min(SHOWN, len(order) // 2)
    best, worst = (_group(studied, filters, some[:count]) for some in (order[::-1], order))
    return [
        Picture(
            "gallery",
            "The best and the worst networks",
            draw_gallery({"The best": best, "The worst": worst}),
            f"The weights of the {count} best and the {count} worst held-out networks.",
            f"The {count} best and the {count} worst of {len(order):,} held-out networks, after "
            "the training. Each block is a hidden unit: weights into it above, those out of it "
            "below, if they are drawn. Red: positive, blue: negative, on one scale.",
        )
    ]

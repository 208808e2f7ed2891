"""Checkpoints in the plane, coloured by what is known of their networks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sametask.report.data.population import Studied
from sametask.report.figures.network import Colouring
from sametask.report.figures.population.spaces import draw_view
from sametask.report.pictures.picture import Picture
from sametask.report.wording.population import SPACES, property_words
from sametask.storage.store import Store

# Ways to colour a view, at most.
WAYS = 4


def _colourings(studied: Studied, view: Store, known: np.ndarray) -> dict[str, Colouring]:
    population = studied.population
    network, checkpoint = view["network"][known], view["checkpoint"][known]
    ways = {
        "by accuracy": Colouring(
            studied.accuracy[network, checkpoint], "accuracy, held out", discrete=False
        ),
        "by epoch": Colouring(population.epochs[checkpoint].astype(float), "epoch", discrete=False),
    }
    for name, values in population.classes.items():
        if len(values) > 1:
            names = [value.replace("_", " ") for value in values]
            places = population.places(name)[network]
            what = property_words(name)
            ways[f"by {what}"] = Colouring(places, what, discrete=True, names=names)
    return dict(list(ways.items())[:WAYS])


def _pictures(studied: Studied, space: str, view: Store) -> Iterator[Picture]:
    words = SPACES.get(space, space)
    known = np.isfinite(studied.accuracy[view["network"], view["checkpoint"]])
    if not known.any():
        return
    yield Picture(
        f"view-{space}",
        f"Networks in the plane, by {words}",
        draw_view(view["places"][known], _colourings(studied, view, known)),
        f"UMAP of checkpoints by {words}, coloured by what is known of them.",
        f"UMAP (50 neighbours, distance 0.1) of {known.sum():,} checkpoints by {words}, each "
        "standardised; at most 3,000 are drawn. Points that are near are networks that are alike "
        "in that; how far groups are apart means little. Where colours are in order, the property "
        "can be told.",
    )


def view_pictures(studied: Studied) -> list[Picture]:
    """Return a figure for each space that was asked for, of checkpoints with an accuracy."""
    views = studied.views.items()
    return [picture for space, view in views for picture in _pictures(studied, space, view)]

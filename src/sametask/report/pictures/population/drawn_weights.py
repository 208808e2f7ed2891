"""Networks drawn as their weights, of populations whose first layer sees images."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

import numpy as np

from sametask.populations.layout import LayerWeights
from sametask.report.data.population import Studied
from sametask.report.figures.population.weights import mosaic

# Weights out of a unit are drawn up to so many lines of its filter.
LINES = 3


def side_of(layers: Sequence[LayerWeights]) -> int | None:
    """Return the side of the first layer's filters, or ``None`` if they are no square images.

    Those of a dense layer are as large as its input, those of a convolution as its kernel.
    """
    _, inputs, places = layers[0].kernel.shape
    pixels = inputs if places == 1 else places
    if places > 1 and inputs > 1 or isqrt(pixels) ** 2 != pixels or pixels == 1:
        return None
    return isqrt(pixels)


def drawn_network(studied: Studied, network: int, checkpoint: int) -> np.ndarray:
    """Return the mosaic of a network at a checkpoint: filters, and weights out of each if few."""
    first, following = studied.population.layers[:2]
    weights = studied.population.store.lazy("weights")[network, checkpoint]
    side = side_of(studied.population.layers)
    filters = weights[first.kernel.reshape(len(first.kernel), side, side)]
    outgoing = weights[following.kernel.transpose(1, 0, 2).reshape(len(filters), -1)]
    if outgoing.shape[1] > LINES * side:
        outgoing = outgoing[:, :0]
    return mosaic(filters, outgoing)


def ranked(studied: Studied) -> np.ndarray:
    """Return the held-out networks that have an accuracy at the end, from worst to best."""
    accuracy = studied.accuracy[:, -1]
    held_out = np.flatnonzero((studied.population.split == 1) & np.isfinite(accuracy))
    return held_out[np.argsort(accuracy[held_out], kind="stable")]

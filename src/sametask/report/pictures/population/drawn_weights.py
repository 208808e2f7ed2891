"""Networks drawn as their weights, of populations whose first layer sees images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np

from sametask.populations.layout import LayerWeights
from sametask.report.data.population import Studied
from sametask.report.figures.population.weights import mosaic

# Weights out of a unit are drawn up to so many lines of its filter.
LINES = 3


@dataclass(frozen=True)
class Filters:
    """Where the weights of the first hidden units stand among those of a network.

    ``into`` (units, side, side): a filter is as large as the image that a dense layer sees, or as
    the kernel of a convolution. ``out`` (units, r): r = 0 if there are too many to be drawn.
    """

    side: int
    into: np.ndarray
    out: np.ndarray

    @classmethod
    def of(cls, layers: Sequence[LayerWeights]) -> Filters | None:
        """Find them; ``None`` if filters are no square images, or if there is no hidden layer."""
        kernel = layers[0].kernel
        units, inputs, places = kernel.shape
        side = isqrt(inputs * places)
        if len(layers) < 2 or min(inputs, places) > 1 or side**2 != inputs * places or side == 1:
            return None
        out = layers[1].kernel.transpose(1, 0, 2).reshape(units, -1)
        few = out.shape[1] <= LINES * side
        return cls(side, kernel.reshape(units, side, side), out if few else out[:, :0])

    def drawn(self, studied: Studied, network: int, checkpoint: int) -> np.ndarray:
        """Return the mosaic of a network at a checkpoint."""
        weights = np.asarray(studied.population.store.lazy("weights")[network, checkpoint])
        return mosaic(weights[self.into], weights[self.out])


def ranked(studied: Studied) -> np.ndarray:
    """Return the held-out networks that have an accuracy at the end, from worst to best."""
    accuracy = studied.accuracy[:, -1]
    held_out = np.flatnonzero((studied.population.split == 1) & np.isfinite(accuracy))
    return held_out[np.argsort(accuracy[held_out], kind="stable")]

"""Properties of activations that limit a map between them: constant neurons, duplicate samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from sametask.activations.layout import Layout


def describe(whole: np.ndarray, layout: Layout) -> dict[str, Any]:
    """Return the measured neurons that are constant, and the number of duplicate samples.

    ``whole`` (n, total) has the activations of all neurons of the layers. A neuron is constant when
    its range is within round-off of its size; a duplicate has the same measured activations as an
    earlier sample.
    """
    columns = layout.columns
    measured = whole[:, list(columns)]
    size = np.abs(measured).max(axis=0)
    flat = np.ptp(measured, axis=0) <= 8 * np.finfo(measured.dtype).eps * size
    distinct = len(np.unique(measured, axis=0))
    return {
        "constant_neurons": [columns[place] for place in np.flatnonzero(flat)],
        "duplicate_samples": len(measured) - distinct,
    }

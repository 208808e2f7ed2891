"""Properties of activations that limit a map between them: constant neurons, duplicate samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from sametask.base.magnitude import varies


def describe(whole: np.ndarray, columns: Sequence[int]) -> dict[str, Any]:
    """Return the neurons that are constant, and the number of duplicate samples.

    ``whole`` (n, t) has the activations of all neurons of the layers. ``columns`` are the positions
    of the measured neurons, or of those that the measured components are made of; no other neuron
    counts. A neuron is constant when its range is within round-off of its size; a duplicate has the
    same activations as an earlier sample.
    """
    measured = whole[:, list(columns)]
    flat = ~varies(torch.from_numpy(measured), 0)[0].numpy()
    distinct = len(np.unique(measured, axis=0))
    return {
        "constant_neurons": [columns[place] for place in np.flatnonzero(flat).tolist()],
        "duplicate_samples": len(measured) - distinct,
    }

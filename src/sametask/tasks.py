"""Targets that networks on a domain learn: functions from inputs (n, d) to targets (n, p)."""

from __future__ import annotations

import numpy as np


def negative_square(inputs: np.ndarray) -> np.ndarray:
    """Return -x² for inputs (n, 1): the function of section 4.1 of the thesis."""
    return -np.square(inputs)

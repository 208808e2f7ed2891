"""Targets that networks on a domain learn: functions from inputs (n, d) to targets (n, p)."""

from __future__ import annotations

import numpy as np


def negative_square(inputs: np.ndarray) -> np.ndarray:
    """Return -x² for inputs (n, 1): the function of section 4.1 of the thesis."""
    return -np.square(inputs)


def brighter_half(images: np.ndarray) -> np.ndarray:
    """Return 1 where the upper half of images (n, c, h, w) is brighter than the lower, else 0."""
    half = images.shape[-2] // 2
    upper, lower = images[..., :half, :], images[..., -half:, :]
    return (upper.sum(axis=(1, 2, 3)) > lower.sum(axis=(1, 2, 3))).astype(np.int64)

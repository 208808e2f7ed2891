"""Targets of networks: functions from inputs (n, …) to targets."""

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


def hopf_field(points: np.ndarray) -> np.ndarray:
    """Return the vectors (n, 2) of a planar field with a limit cycle at points (n, 2).

    The normal form of a Hopf bifurcation: ẋ = x (1 − r²) − y, ẏ = y (1 − r²) + x. Its circle of
    radius 1 attracts everything but the origin.
    """
    x, y = points.T
    growth = 1 - x**2 - y**2
    return np.stack([x * growth - y, y * growth + x], axis=1)


def bent_hopf_field(points: np.ndarray) -> np.ndarray:
    """Return ``hopf_field`` (u, v) in other coordinates: (u + v²/4, sinh(0.6 v) − u/5).

    The change of coordinates is one-to-one on the field's vectors: its Jacobian determinant
    0.6 cosh(0.6 v) + v/10 is positive.
    """
    u, v = hopf_field(points).T
    return np.stack([u + v**2 / 4, np.sinh(0.6 * v) - u / 5], axis=1)


def radial_speed(points: np.ndarray) -> np.ndarray:
    """Return ṙ = r (1 − r²) (n, 1) of ``hopf_field``: its effect on the distance r alone."""
    radius = np.linalg.norm(points, axis=1, keepdims=True)
    return radius * (1 - radius**2)

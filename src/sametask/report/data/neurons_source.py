"""What the source reports of networks with merged neurons, to stand beside what is measured here.

Source: Nasyrov and Strijov, draft of 2023, figure 9, as read off the curves of its authors.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np


def _points(*pairs: tuple[int, float]) -> np.ndarray:
    return np.array(pairs, float).T


# Clusters and quality (2, m) by distance: accuracy, or the mean square error of MotionSense.
_IRIS = {
    "ρ₁": _points((36, 0.53), (51, 0.67), (66, 0.87), (81, 0.84), (91, 0.93), (101, 0.98)),
    "ρ₂": _points((32, 0.58), (52, 0.96), (57, 0.84), (67, 0.96), (72, 1.0), (87, 1.0)),
}
_MNIST = {
    "ρ₁": _points((51, 0.42), (61, 0.70), (71, 0.83), (81, 0.91), (91, 0.93), (96, 0.935)),
    "ρ₂": _points((52, 0.46), (62, 0.72), (77, 0.83), (92, 0.91), (97, 0.94)),
}
_MOTION = {
    "ρ₁": _points(
        (1, 0.255), (11, 0.159), (21, 0.105), (31, 0.092), (51, 0.085), (71, 0.076), (96, 0.070)
    ),
    "ρ₂": _points(
        (2, 0.237), (12, 0.154), (22, 0.105), (32, 0.090), (52, 0.081), (72, 0.076), (97, 0.070)
    ),
}
# By the data of an ensemble; its digits stand in for those of MNIST, and have as many neurons.
SOURCES: Mapping[str, tuple[str, Mapping[str, np.ndarray]]] = {
    "iris": ("irises", _IRIS),
    "mnist": ("MNIST", _MNIST),
    "digits": ("MNIST", _MNIST),
    "motion_sense": ("MotionSense", _MOTION),
}


def read_out(data: str) -> dict[str, np.ndarray]:
    """Return clusters and quality (2, m) by what they are of; nothing of other data."""
    name, points = SOURCES.get(data, ("", {}))
    return {f"{distance}, the source ({name})": values for distance, values in points.items()}

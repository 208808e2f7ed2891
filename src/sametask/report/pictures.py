"""A figure with the words around it, and what its points are coloured by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from sametask.report.data import Report
from sametask.report.figures_network import Colouring


@dataclass(frozen=True)
class Picture:
    """A figure, or the bytes of a film, the name of its file, and the words around it."""

    name: str
    title: str
    figure: Figure | bytes
    alt: str
    caption: str


def colouring(report: Report, part: str) -> Colouring:
    """Return what colours ``fit`` or ``test`` samples: class, or the first input that varies."""
    if report.classifies:
        return Colouring(report.samples[f"{part}/targets"], "class", True)
    inputs = report.samples[f"{part}/inputs"]
    columns = inputs.reshape(len(inputs), -1)
    axis = int(np.argmax(np.ptp(columns, axis=0) > 0))
    label = report.axes[axis] if report.domain in ("line", "plane") else f"input {axis + 1}"
    circles = report.samples.attributes.get("circles", [])
    return Colouring(columns[:, axis], label, False, any(circles[axis : axis + 1]))


def line_inputs(report: Report, part: str) -> np.ndarray:
    """Return the inputs (n,) of a one-dimensional domain."""
    return report.samples[f"{part}/inputs"][:, 0]

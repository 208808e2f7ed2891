"""A figure with its words, and the values that colour its points."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from sametask.activations.slices import position_numbers, sample_numbers
from sametask.inputs.fields import read_inputs
from sametask.inputs.sounds import lengths, sound_of
from sametask.report.data.experiment import Network, Report
from sametask.report.figures.network import Colouring
from sametask.storage.store import Store


@dataclass(frozen=True)
class Picture:
    """A figure, or the bytes of a film, the name of its file, and the words around it.

    Where a figure has nothing to draw, it is ``None``, and the caption says why.
    """

    name: str
    title: str
    figure: Figure | bytes | None
    alt: str
    caption: str


def absent(name: str, title: str, why: str) -> Picture:
    """Return a sentence in the place of a figure, which says why it is left out."""
    return Picture(name, title, None, "", f"Left out: {why}")


def colouring(report: Report, network: Network, part: str) -> Colouring:
    """Return the colours of a network's ``fit`` or ``test`` rows: by class, or by a varying input.

    Slices of a sequence have its colour; words and frames that of their place in it.
    """
    rows, samples = sample_numbers(network.activations, part), network.samples
    if report.classifies and f"{part}/targets" in samples:
        classes = samples[f"{part}/targets"].reshape(-1)[rows]
        return Colouring(classes, "class", True, names=report.names.classes)
    if network.layout.get("inner_steps"):
        # Words and frames say more than the letters and numbers that they are made of.
        return Colouring(position_numbers(network.activations, part), "position", False, False)
    if report.names.rate is not None:
        # A single number of a sound says nothing.
        sounds = sound_of(read_inputs(samples, f"{part}/inputs"))
        return Colouring(lengths(sounds)[rows] / report.names.rate, "seconds", False, False)
    inputs = samples[f"{part}/inputs"]
    columns = inputs.reshape(len(inputs), -1)
    axis = int(np.argmax(np.ptp(columns, axis=0) > 0))
    label = report.axes[axis] if inputs.ndim == 2 else f"input {axis + 1}"
    circles = report.samples.attributes.get("circles", [])
    return Colouring(columns[rows, axis], label, False, any(circles[axis : axis + 1]))


def fit_colourings(report: Report) -> dict[str, Colouring]:
    """Return the colours of every network's fit samples, on one scale."""
    colourings = {
        name: colouring(report, network, "fit") for name, network in report.networks.items()
    }
    scale = np.unique(np.concatenate([colours.values for colours in colourings.values()]))
    return {name: replace(colours, scale=scale) for name, colours in colourings.items()}


def line_inputs(samples: Store, part: str) -> np.ndarray:
    """Return the inputs (n,) of a one-dimensional domain."""
    return samples[f"{part}/inputs"][:, 0]

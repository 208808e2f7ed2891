"""Refuse settings of later stages that the measured layers or the samples do not allow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.activations.layout import Layout
from sametask.base.errors import ConfigError
from sametask.config import Experiment

# A perturbation is lost if its standard deviation is below so many units in the last place.
LOST = 16
# With fewer fit samples a measured neuron than this, a note says so.
SAMPLES_A_NEURON = 3


def require_regressible(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse a regression on perturbations if the inputs have too many axes for their number."""
    count, axes = experiment.perturbations.count, inputs[0].size
    if experiment.geometry.source == "response" and count <= axes + 1:
        raise ConfigError(
            f"geometry.source: response regresses on {axes} input axes, which takes more than "
            f"{axes + 1} perturbations, but perturbations.count is {count}; at least {axes + 2}"
        )


def require_perturbed(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse perturbations that are lost in the round-off of the inputs (n, …) on every axis."""
    delta = experiment.perturbations.delta
    size = np.abs(inputs.reshape(len(inputs), -1)).max(axis=0).min()
    coarse = max(np.finfo(network.dtype).eps for network in experiment.networks.values())
    least = 4 * LOST * coarse * size
    if delta < least:
        raise ConfigError(
            f"perturbations.delta: {delta:g} is lost in the round-off of inputs of size "
            f"{size:.2g}; at least {least:.1g}"
        )


def require_reconstructible(experiment: Experiment, layout: Layout) -> None:
    """Refuse more neurons than a network's measured layers have."""
    most = experiment.reconstruct.neurons if experiment.reconstruct else None
    if most is not None and most > len(layout.neurons):
        raise ConfigError(
            f"reconstruct.neurons: {most} asked for, but {' + '.join(layout.layers)} has "
            f"{len(layout.neurons)} measured neurons"
        )


def fit_rows(experiment: Experiment, layout: Layout) -> int:
    """Return the number of fit samples of the maps, or of slices of these."""
    if experiment.positions is None or layout.slices is None:
        return experiment.samples.fit
    return min(experiment.positions.samples, experiment.samples.fit * layout.slices.count)


def describe_few_samples(experiment: Experiment, layouts: Mapping[str, Layout]) -> list[str]:
    """Return a sentence for every network with few fit samples a measured neuron."""
    texts = []
    for name, layout in layouts.items():
        count, neurons = fit_rows(experiment, layout), len(layout.columns)
        if count < SAMPLES_A_NEURON * neurons:
            kind = "fit samples" if layout.slices is None else "fit slices"
            texts.append(
                f"{name}: {count} {kind} for {neurons} measured neurons, fewer than "
                f"{SAMPLES_A_NEURON} a neuron: R² may come out too low; more `samples.fit` or "
                "fewer `neurons`"
            )
    return texts


def require_slices(experiment: Experiment, layout: Layout) -> None:
    """Refuse slices that are so long that there are too few for splines in their neurons."""
    if experiment.positions is None or layout.slices is None:
        return
    count = fit_rows(experiment, layout)
    if count <= len(layout.columns) + 1:
        raise ConfigError(
            f"positions.per_sample: {layout.per_sample} makes {count} slices of "
            f"{len(layout.columns)} measured neurons, and splines need at least "
            f"{len(layout.columns) + 2}; fewer `neurons`, a smaller p, or more samples"
        )


def require_steps(layouts: Mapping[str, Layout]) -> None:
    """Refuse networks with sequences of different lengths, whose steps cannot be paired."""
    steps = {name: layout.steps for name, layout in layouts.items()}
    if len(set(steps.values())) > 1:
        lengths = ", ".join(f"{name} {count}" for name, count in steps.items())
        raise ConfigError(
            f"positions: networks with different numbers of steps: {lengths}; "
            "their axes named right?"
        )


def require_target_input(experiment: Experiment, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse the input of one network for the other if their inputs have different shapes."""
    if experiment.stitching.target_input == "source" and len(set(shapes.values())) > 1:
        shown = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ConfigError(
            f"stitching.target_input: source, but networks see different shapes: {shown}; "
            "valid: dummy, own"
        )

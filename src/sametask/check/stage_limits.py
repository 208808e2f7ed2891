"""Refuse settings of later stages that the measured layers or the samples do not allow."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.activations.components import wanted_components
from sametask.activations.layout import Layout
from sametask.base.errors import ConfigError
from sametask.config import Experiment, Network
from sametask.config.sections.sample_sections import DATA, FRAMES, NOISE, STEPS, Positions

# A perturbation is lost if its standard deviation is below so many units in the last place.
LOST = 16
# With fewer fit samples a measured neuron than this, a note says so.
SAMPLES_A_NEURON = 3


def require_regressible(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse a regression on perturbations if there are too few for what they are made of."""
    asked = experiment.perturbations
    causes = asked.causes(inputs[0].size)
    if experiment.geometry.source == "response" and causes and asked.count <= causes + 1:
        what = "input axes" if asked.along == NOISE else "steps to neighbours"
        raise ConfigError(
            f"geometry.source: response regresses on {causes} {what}, which takes more than "
            f"{causes + 1} perturbations, but perturbations.count is {asked.count}; at least "
            f"{causes + 2}"
        )


def require_perturbed(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse perturbations that are lost in the round-off of the inputs (n, …) on every axis."""
    if experiment.perturbations.along not in (NOISE, DATA):
        return
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


def require_components(experiment: Experiment, network: Network, layout: Layout) -> None:
    """Refuse more components than a network's neurons or the fit samples allow."""
    wanted = wanted_components(network.neurons, layout.total)
    if wanted is None:
        return
    if experiment.reconstruct:
        raise ConfigError(
            "reconstruct: chooses among neurons, but principal components are measured of the "
            f"{layout.total} neurons of {' + '.join(layout.layers)}; valid with it: neurons: all, "
            "or a list of positions"
        )
    most = min(layout.total, experiment.samples.fit * (layout.steps or 1) - 1)
    if not isinstance(wanted, str) and wanted > most:
        raise ConfigError(
            f"neurons.components: {wanted} asked for, but {layout.total} neurons at "
            f"{experiment.samples.fit} fit samples have at most {most}"
        )


def fit_rows(experiment: Experiment, layout: Layout) -> int:
    """Return the number of fit samples of the maps, or of slices of these."""
    asked = experiment.positions
    if asked is None or layout.slices is None:
        return experiment.samples.fit
    each = min(layout.slices.count, asked.frames or layout.slices.count)
    return min(asked.samples, experiment.samples.fit * each)


def _measured_width(experiment: Experiment, network: Network, layout: Layout) -> int | None:
    """Return how many neurons or components are measured; ``None`` if the recording finds out."""
    wanted = wanted_components(network.neurons, layout.total)
    if isinstance(wanted, str):
        return None
    steps = experiment.positions.per_sample if experiment.positions else 1
    return steps * (wanted or len(layout.neurons))


def describe_few_samples(experiment: Experiment, layouts: Mapping[str, Layout]) -> list[str]:
    """Return a sentence for every network with few fit samples a measured neuron."""
    texts = []
    for name, layout in layouts.items():
        count = fit_rows(experiment, layout)
        width = _measured_width(experiment, experiment.networks[name], layout)
        if width is not None and count < SAMPLES_A_NEURON * width:
            kind = "fit samples" if layout.slices is None else "fit slices"
            texts.append(
                f"{name}: {count} {kind} for {width} measured neurons, fewer than "
                f"{SAMPLES_A_NEURON} a neuron: R² may come out too low; more `samples.fit`, or "
                "`neurons: {components: auto}`"
            )
    return texts


def require_slices(experiment: Experiment, network: Network, layout: Layout) -> None:
    """Refuse slices that are so long that there are too few for splines in what is measured.

    How many components hold a share of the variance is known only when a network is recorded.
    """
    width = _measured_width(experiment, network, layout)
    if experiment.positions is None or layout.slices is None or width is None:
        return
    _require_context(experiment.positions, layout.slices.count)
    count = fit_rows(experiment, layout)
    if count <= width + 1:
        what = (
            "components" if wanted_components(network.neurons, layout.total) else "measured neurons"
        )
        if experiment.positions.of != STEPS:
            of = experiment.positions.of
            each = "positions.samples and per_clip" if of == FRAMES else "positions.samples"
            raise ConfigError(
                f"{each}: {count} {of} that maps are fitted on, for {width} {what}, and splines "
                f"need at least {width + 2}; fewer `neurons`, or more of them"
            )
        raise ConfigError(
            f"positions.per_sample: {layout.per_sample} makes {count} slices of {width} {what}, "
            f"and splines need at least {width + 2}; fewer `neurons`, a smaller p, or more samples"
        )


def _require_context(positions: Positions, count: int) -> None:
    """Refuse windows that are wider than samples of ``count`` positions."""
    if positions.context >= count:
        raise ConfigError(
            f"positions.context: {positions.context}, but a sample has {count} positions; at most "
            f"{count - 1}"
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

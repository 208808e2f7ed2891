"""Try an experiment out before hours are spent on it: everything that can be known beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sametask.activations import Layout, record, run_with_replaced, to_network
from sametask.config import Experiment, Network
from sametask.config.inputs import Positions
from sametask.errors import ConfigError, NetworkError, SametaskError, about, nearest, reason
from sametask.inputs import (
    Draw,
    draw_own,
    draw_samples,
    draw_shared,
    evaluate_target,
    require_closed,
    see,
)
from sametask.inputs.arrays import collapsed
from sametask.inputs.simulation import simulate
from sametask.networks import build
from sametask.networks.build import give_weights, read_weights
from sametask.references import resolve

# Samples that a view is tried out on.
TRIED = 4


def check_network(
    network: Network, inputs: np.ndarray, positions: Positions | None = None
) -> tuple[Layout, tuple[int, ...]]:
    """Build a network, load its checkpoint, and send inputs through it.

    Returns the layout of its measured layers and the shape of one output.

    Raises ``NetworkError`` if the factory, the checkpoint, a layer, its axes or a neuron is wrong,
    the network does not accept such an input, or does not go on from what replaces its layers;
    ``ConfigError`` if sequences cannot be cut like this.
    """
    module = build(network.factory, network.arguments)
    if network.checkpoint is not None:
        path = Path(network.checkpoint)
        give_weights(module, read_weights(path), path)
    module = module.to(getattr(torch, network.dtype))
    example = to_network(module, inputs[:1])
    try:
        with torch.no_grad():
            chosen = network.layers, network.neurons, example, network.axes
            layout = Layout.of(module, *chosen, sequence=positions is not None)
            answer = module(example)
            if isinstance(answer, torch.Tensor):
                _check_replaced(module, layout, example, answer)
    except SametaskError:
        raise
    except Exception as error:
        kind = f"{tuple(example.shape[1:])} of {example.dtype}"
        raise NetworkError(f"does not accept samples of shape {kind}: {reason(error)}") from error
    if not isinstance(answer, torch.Tensor):
        raise NetworkError(f"puts out a {type(answer).__name__}, not one tensor")
    if positions is not None:
        layout = layout.sliced(positions.per_sample)
    return layout, tuple(answer.shape[1:])


def _check_replaced(
    module: torch.nn.Module, layout: Layout, example: torch.Tensor, answer: torch.Tensor
) -> None:
    """Refuse a layer whose replaced output changes nothing: a map to it could not be judged.

    As where a network reads the last state of a recurrent layer, which stands behind the outputs
    that are measured.
    """
    outputs = record(module, layout.layers, example)
    for name, output in zip(layout.layers, outputs, strict=True):
        scale = output.abs().max().clamp_min(1.0)
        other = output + scale * torch.randn_like(output)
        # Weights may yet be zero, or a rectifier off: then only the graph knows what is read.
        with torch.enable_grad():
            found = run_with_replaced(module, {name: other.requires_grad_()}, example)
        if torch.equal(found, answer) and not _reads(found, other):
            raise NetworkError(
                f"layer {name!r}: what the network puts out does not depend on what is measured "
                "of it (of a layer that puts out a tuple, its first tensor); measure a layer behind"
            )


def _reads(answer: torch.Tensor, replaced: torch.Tensor) -> bool:
    """Return whether an answer was computed from what replaced a layer's output."""
    if not answer.requires_grad:
        return False
    ones = torch.ones_like(answer)
    return torch.autograd.grad(answer, replaced, ones, allow_unused=True)[0] is not None


def _check_targets(experiment: Experiment, network: Network, draw: Draw) -> None:
    """Try out the targets of a network that is to be trained."""
    if network.own_target:
        evaluate_target(network.own_target, draw.inputs)
    elif network.train and draw.targets is None and not experiment.reconstructs:
        raise ConfigError("cannot be trained: the data set has no labels")


def _check_answer(
    experiment: Experiment, answer: tuple[int, ...], seen: tuple[int, ...], draw: Draw
) -> None:
    """Refuse answers that the task cannot be judged by: of another shape, or of other classes."""
    kind = experiment.task.kind if experiment.task else None
    if kind == "reconstruction" and answer != seen:
        raise NetworkError(f"task.kind: reconstruction, but it puts out {answer} for {seen}")
    if kind == "classification":
        if len(answer) > 1:
            raise NetworkError(
                f"task.kind: classification, but it puts out {answer} for a sample, not one logit "
                "or one for each class"
            )
        _check_labels(draw.targets, max(2, math.prod(answer)))


def _check_labels(labels: np.ndarray | None, classes: int) -> None:
    """Refuse labels that are not one whole number from 0 on for each of so many classes."""
    if labels is None:
        return
    if labels.ndim > 1 or labels.dtype.kind not in "bui":
        raise ConfigError(
            f"task.kind: classification, but labels are {labels.dtype} of shape "
            f"{('n', *labels.shape[1:])}; valid: one whole number a sample, or truth values"
        )
    if not np.isin(labels, range(classes)).all():
        found = ", ".join(map(str, np.unique(labels)[:5]))
        raise ConfigError(
            f"tells classes 0 to {classes - 1} apart, but there are labels {found}, …; "
            f"one logit tells 0 from 1, c of them 0 to c - 1"
        )


def _check_real(inputs: np.ndarray) -> None:
    """Refuse inputs that cannot be perturbed."""
    if not np.issubdtype(inputs.dtype, np.floating):
        raise ConfigError(
            f"inputs are {inputs.dtype}: neighbourhoods add noise to them, which needs real numbers"
        )


def _check_slices(experiment: Experiment, layout: Layout) -> None:
    """Refuse slices so long that there are fewer of them than splines in their neurons need."""
    if experiment.positions is None:
        return
    count = min(experiment.positions.samples, experiment.samples.fit * layout.slices.count)
    if count <= len(layout.columns) + 1:
        raise ConfigError(
            f"positions.per_sample: {layout.per_sample} makes {count} slices of "
            f"{len(layout.columns)} measured neurons, and splines need at least "
            f"{len(layout.columns) + 2}; fewer `neurons`, a smaller p, or more samples"
        )


def _check_target_input(experiment: Experiment, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse to give one network what the other sees if it is of another shape."""
    if experiment.stitching.target_input == "source" and len(set(shapes.values())) > 1:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ConfigError(
            f"stitching.target_input: source, but networks see different shapes: {told}; "
            "valid: dummy, own"
        )


def _check_reconstruction(experiment: Experiment, layout: Layout) -> None:
    """Refuse to take more neurons than a network's layers have."""
    most = experiment.reconstruct.neurons if experiment.reconstruct else None
    if most is not None and most > len(layout.neurons):
        raise ConfigError(
            f"reconstruct.neurons: {most} asked for, but {' + '.join(layout.layers)} has "
            f"{len(layout.neurons)} measured neurons"
        )


def _check_regression(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse a regression on perturbations of more axes than there are neighbours for."""
    count, axes = experiment.neighbours.count, inputs[0].size
    if experiment.geometry.source == "response" and count <= axes + 1:
        raise ConfigError(
            f"geometry.source: response regresses on {axes} input axes, which takes more than "
            f"{axes + 1} neighbours, but neighbours.count is {count}; at least {axes + 2}"
        )


def _check_steps(layouts: Mapping[str, Layout]) -> None:
    """Refuse to pair the steps of sequences of different length."""
    steps = {name: layout.steps for name, layout in layouts.items()}
    if len(set(steps.values())) > 1:
        told = ", ".join(f"{name} {count}" for name, count in steps.items())
        raise ConfigError(
            f"positions: networks with different numbers of steps: {told}; their axes named right?"
        )


def _fit_samples(experiment: Experiment) -> dict[str, Draw]:
    """Return the fit samples of every network."""
    plain = experiment.plain()
    sections = plain["inputs"], plain["samples"], plain["task"], experiment.seed
    if plain["inputs"].get("simulate"):
        return dict.fromkeys(experiment.networks, _simulated(plain, experiment.seed))
    if experiment.shares_samples:
        return dict.fromkeys(experiment.networks, draw_samples(*sections)["fit"])
    shared = draw_shared(*sections, experiment.pool)
    return {
        name: draw_own(*sections, shared, name, experiment.share(name))
        for name in experiment.networks
    }


def _simulated(plain: Mapping[str, Any], seed: int) -> Draw:
    """Return a few rows of a file that is yet to be simulated, refusing too small a one."""
    inputs, samples = plain["inputs"], plain["samples"]
    count, wanted = inputs["simulate"]["count"], samples["fit"] + samples["test"]
    if wanted > count:
        raise ConfigError(f"inputs.simulate.count: {count}, but samples: fit + test = {wanted}")
    arrays = simulate(inputs["simulate"], TRIED, seed)
    for name in filter(None, (inputs["inputs"], inputs["labels"])):
        if name not in arrays:
            raise ConfigError(f"inputs.simulate: makes no array {name!r}; {nearest(name, arrays)}")
    labels = arrays.get(inputs["labels"])
    return Draw(arrays[inputs["inputs"]], None if labels is None else collapsed(labels))


def check_experiment(source: str, experiment: Experiment) -> None:
    """Raise an error of one line, with its ``source`` in front, if the experiment cannot work."""
    with about(source):
        plain = experiment.plain()
        if experiment.task and experiment.task.target:
            resolve(experiment.task.target)
        drawn = _fit_samples(experiment)
        _check_regression(experiment, next(iter(drawn.values())).inputs)
        layouts: dict[str, Layout] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        for key, network in experiment.networks.items():
            with about(f"networks.{key}"):
                points = drawn[key].inputs
                view = network.view.plain() if network.view else None
                require_closed(points[:TRIED], plain["inputs"], view)
                seen = see(points[:TRIED], plain["inputs"], view)
                _check_real(seen)
                _check_targets(experiment, network, drawn[key])
                layout, answer = check_network(network, seen, experiment.positions)
                layouts[key], shapes[key] = layout, seen.shape[1:]
                if not network.own_target:
                    _check_answer(experiment, answer, seen.shape[1:], drawn[key])
                _check_reconstruction(experiment, layout)
                _check_slices(experiment, layout)
        _check_steps(layouts)
        _check_target_input(experiment, shapes)

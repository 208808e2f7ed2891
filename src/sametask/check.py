"""Try an experiment out before hours are spent on it: everything that can be known beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sametask.activations import Layout, to_network
from sametask.config import Experiment, Network
from sametask.errors import ConfigError, NetworkError, SametaskError, about, reason
from sametask.inputs import Draw, draw_samples, evaluate_target, require_closed, see
from sametask.networks import build
from sametask.networks.build import give_weights, read_weights
from sametask.references import resolve

# Samples that a view is tried out on.
TRIED = 4


def check_network(network: Network, inputs: np.ndarray) -> tuple[Layout, tuple[int, ...]]:
    """Build a network, load its checkpoint, and send one input through it.

    Returns the layout of its measured layers and the shape of one output.

    Raises ``NetworkError`` if the factory, the checkpoint, a layer or a neuron is wrong, or the
    network does not accept such an input.
    """
    module = build(network.factory, network.arguments)
    if network.checkpoint is not None:
        path = Path(network.checkpoint)
        give_weights(module, read_weights(path), path)
    module = module.to(getattr(torch, network.dtype))
    example = to_network(module, inputs[:1])
    try:
        with torch.no_grad():
            layout = Layout.of(module, network.layers, network.neurons, example)
            answer = module(example)
    except SametaskError:
        raise
    except Exception as error:
        kind = f"{tuple(example.shape[1:])} of {example.dtype}"
        raise NetworkError(f"does not accept samples of shape {kind}: {reason(error)}") from error
    if not isinstance(answer, torch.Tensor):
        raise NetworkError(f"puts out a {type(answer).__name__}, not one tensor")
    return layout, tuple(answer.shape[1:])


def _check_targets(experiment: Experiment, network: Network, draw: Draw) -> None:
    """Try out the targets of a network that is to be trained."""
    if network.own_target:
        evaluate_target(network.own_target, draw.inputs)
    elif network.train and draw.targets is None and not experiment.reconstructs:
        raise ConfigError("cannot be trained: the data set has no labels")


def _check_answer(experiment: Experiment, answer: tuple[int, ...], seen: tuple[int, ...]) -> None:
    """Refuse to call it a reconstruction if a network puts out something of another shape."""
    if experiment.reconstructs and answer != seen:
        raise NetworkError(f"task.kind: reconstruction, but it puts out {answer} for {seen}")


def _check_reconstruction(experiment: Experiment, layout: Layout) -> None:
    """Refuse to take more neurons than a network's layers have."""
    most = experiment.reconstruct.neurons if experiment.reconstruct else None
    if most is not None and most > len(layout.neurons):
        raise ConfigError(
            f"reconstruct.neurons: {most} asked for, but {' + '.join(layout.layers)} has "
            f"{len(layout.neurons)} measured neurons"
        )


def check_experiment(source: str, experiment: Experiment) -> None:
    """Raise an error of one line, with its ``source`` in front, if the experiment cannot work."""
    with about(source):
        plain = experiment.plain()
        if experiment.task and experiment.task.target:
            resolve(experiment.task.target)
        draws = draw_samples(plain["inputs"], plain["samples"], plain["task"], experiment.seed)
        for key, network in experiment.networks.items():
            with about(f"networks.{key}"):
                points = draws["fit"].inputs
                view = network.view.plain() if network.view else None
                require_closed(points[:TRIED], plain["inputs"], view)
                seen = see(points[:TRIED], plain["inputs"], view)
                _check_targets(experiment, network, draws["fit"])
                layout, answer = check_network(network, seen)
                if not network.own_target:
                    _check_answer(experiment, answer, seen.shape[1:])
                _check_reconstruction(experiment, layout)

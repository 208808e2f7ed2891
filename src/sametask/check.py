"""Try an experiment out before hours are spent on it: everything that can be known beforehand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from sametask.activations import Layout, to_network
from sametask.config import Experiment, Network
from sametask.errors import ConfigError, NetworkError, SametaskError, about, reason
from sametask.inputs import draw_samples, evaluate_target
from sametask.networks import build
from sametask.networks.build import give_weights, read_weights
from sametask.references import resolve


def check_network(network: Network, inputs: np.ndarray) -> None:
    """Build a network, load its checkpoint, and send one sample to its layers.

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
            Layout.of(module, network.layers, network.neurons, example)
    except SametaskError:
        raise
    except Exception as error:
        kind = f"{tuple(example.shape[1:])} of {example.dtype}"
        raise NetworkError(f"does not accept samples of shape {kind}: {reason(error)}") from error


def check_experiment(source: str, experiment: Experiment) -> None:
    """Raise an error of one line, with its ``source`` in front, if the experiment cannot work."""
    with about(source):
        plain = experiment.plain()
        if experiment.task and experiment.task.target:
            resolve(experiment.task.target)
        draws = draw_samples(plain["inputs"], plain["samples"], plain["task"], experiment.seed)
        for key, network in experiment.networks.items():
            with about(f"networks.{key}"):
                own = network.train.target if network.train else None
                if own:
                    evaluate_target(own, draws["fit"].inputs)
                elif network.train and draws["fit"].targets is None:
                    raise ConfigError("cannot be trained: the data set has no labels")
                check_network(network, draws["fit"].inputs)

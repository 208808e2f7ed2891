"""Stacked networks by the kinds that settings name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor

from sametask.config.sections.ensemble_section import EnsembleNetwork
from sametask.neurons.networks.dense import Autoencoders, LinearLayers, Perceptrons
from sametask.neurons.networks.odes import NeuralOdes
from sametask.neurons.networks.recurrent import RecurrentNetworks
from sametask.neurons.networks.stack import Networks
from sametask.neurons.networks.variational import VariationalAutoencoders
from sametask.populations.layout import LayerWeights

KINDS: dict[str, Callable[[Any, Sequence[LayerWeights], Tensor], Networks]] = {
    "perceptron": Perceptrons,
    "linear": LinearLayers,
    "autoencoder": Autoencoders,
    "recurrent": RecurrentNetworks,
    "variational": VariationalAutoencoders,
    "ode": NeuralOdes,
}


def build(network: EnsembleNetwork, layers: Sequence[LayerWeights], weights: Tensor) -> Networks:
    """Return the networks whose weights are (n, P); ``layers`` are those of ``layers_of``."""
    return KINDS[network.kind](network, layers, weights)

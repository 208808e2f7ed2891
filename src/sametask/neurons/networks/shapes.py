"""The matrices of each kind of network, and how they are drawn at the start."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from sametask.base.errors import ConfigError
from sametask.config.sections.ensemble_section import (
    Autoencoder,
    EnsembleNetwork,
    Linear,
    Ode,
    Perceptron,
    Recurrent,
)
from sametask.neurons.data.rows import Rows
from sametask.populations.initialisers import distribution
from sametask.populations.layout import LayerWeights


def require_fitting(network: EnsembleNetwork, rows: Rows) -> None:
    """Raise ``ConfigError`` unless rows have as many numbers as the settings of a network say."""
    if isinstance(network, Perceptron | Linear):
        return
    for name, found in (("inputs", rows.inputs.shape[1]), ("outputs", rows.outputs)):
        if getattr(network, name) != found:
            raise ConfigError(
                f"network.{name}: {getattr(network, name)}, but rows of the data have {found}"
            )


def _widths(network: EnsembleNetwork, inputs: int, outputs: int) -> list[tuple[int, int]]:
    """Return the inputs and units of every matrix, in their order."""
    if isinstance(network, Perceptron):
        return list(pairwise([inputs, *network.hidden, outputs]))
    if isinstance(network, Linear):
        return [(inputs, outputs)]
    if isinstance(network, Autoencoder):
        return [(inputs, network.hidden), (network.hidden, outputs)]
    if isinstance(network, Recurrent):
        return [(inputs, network.hidden), (network.hidden, network.hidden), (network.hidden, 1)]
    code = network.code
    if isinstance(network, Ode):
        return [(inputs, code), (code, network.hidden), (network.hidden, code), (code, 1)]
    return [(inputs, network.hidden), (network.hidden, 2 * code), (code, network.hidden),
            (network.hidden, inputs)]  # fmt: skip


def layers_of(network: EnsembleNetwork, inputs: int, outputs: int) -> list[LayerWeights]:
    """Return where the weights of every matrix stand among those of a network.

    Each stands before its biases; recurrent networks have none. Of a perceptron and an autoencoder,
    they are its layers. ``recurrent``: V, W and w; ``ode``: into the code, the two layers of f, and
    out of the code; ``variational``: two layers into means and logarithms of variances of the code,
    and two out of the code.
    """
    layers, start, biased = [], 0, not isinstance(network, Recurrent)
    for before, units in _widths(network, inputs, outputs):
        end = start + units * before
        layers.append(LayerWeights(start, (units, before, 1), bias=end if biased else None))
        start = end + units * biased
    return layers


def drawn_weights(layers: Sequence[LayerWeights], random: torch.Generator) -> Tensor:
    """Return weights (P,) from U(±1 / √fan_in), biases too, as PyTorch draws those of a layer."""
    parts = []
    for layer in layers:
        start = distribution("fan_in", layer.shape)
        parts.append(start.draw(layer.shape, random).flatten())
        parts.append(start.draw(layer.biases.shape, random).flatten())
    return torch.cat(parts)

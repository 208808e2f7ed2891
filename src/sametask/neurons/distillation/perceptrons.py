"""Perceptrons of one shape, many at once, and the weights that fit given answers best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from sametask.networks.nonlinearities import nonlinearity
from sametask.neurons.distillation.rows import Answered
from sametask.populations.layout import LayerWeights, biased_layers
from sametask.populations.optimisers import StackedAdam
from sametask.weights.models import forward_dense


@dataclass(frozen=True)
class Shape:
    """Dense layers, each before its biases, and the activation between them."""

    layers: Sequence[LayerWeights]
    activation: nn.Module

    @classmethod
    def of(cls, widths: Sequence[int], activation: str) -> Shape:
        """Return the shape of networks with these widths, from the inputs to the outputs."""
        return cls(biased_layers(widths), nonlinearity(activation))

    @property
    def size(self) -> int:
        """How many weights a network has, P."""
        return sum(layer.of_units.size for layer in self.layers)

    @property
    def hidden(self) -> list[int]:
        """How many units each hidden layer has."""
        return [len(layer.kernel) for layer in self.layers[:-1]]

    def logits(self, weights: Tensor, inputs: Tensor) -> Tensor:
        """Return the answers (n, b, k) of weights (n, P) to inputs (n, b, d) or (b, d)."""
        return forward_dense(weights, self.layers, inputs, self.activation)

    def started(self, draws: Sequence[np.random.Generator]) -> Tensor:
        """Return weights (n, P) of N(0, 2 / fan_in) and biases of 0, one of each generator.

        He et al., "Delving deep into rectifiers" (2015).
        """
        weights = np.zeros((len(draws), self.size), np.float32)
        for member, draw in enumerate(draws):
            for layer in self.layers:
                places = layer.kernel.ravel()
                spread = (2 / layer.kernel.shape[1]) ** 0.5
                weights[member, places] = spread * draw.standard_normal(len(places))
        return torch.from_numpy(weights)


def fitted_at(
    start: Tensor, shape: Shape, rows: Answered, precision: float, steps: Sequence[int], rate: float
) -> list[Tensor]:
    """Return the weights (n, P) after each number of steps of Adam, from ``start`` (n, P) on.

    They minimise −Σ shares · ln p + τ ‖w‖² / 2. τ is the ``precision`` of a prior N(0, I / τ); it
    may be 0, which is no prior.
    """
    weights = start.clone().requires_grad_()
    ones = torch.ones(len(weights), dtype=torch.float64)
    optimiser = StackedAdam([weights], rate * ones, precision * ones)
    found = []
    for step in range(1, max(steps) + 1):
        loss = rows.missed(shape.logits(weights, rows.inputs)).sum()
        optimiser.step(torch.autograd.grad(loss, [weights]))
        if step in steps:
            found.append(weights.detach().clone())
    return found

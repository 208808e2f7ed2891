"""Recurrent networks, which tell each number of a series from those before it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sametask.config.sections.ensemble_section import Recurrent
from sametask.neurons.networks.stack import Networks, chain
from sametask.populations.layout import LayerWeights


class RecurrentNetworks(Networks):
    """hₜ = tanh(W hₜ₋₁ + V xₜ), sₜ₊₁ = tanh(w · hₜ) with h₀ = 0; xₜ are the last d numbers.

    A row that is wanted is a piece of the series. Each of its numbers after the first d is told
    from the true ones before it, not from those that were told.
    """

    def __init__(self, network: Recurrent, layers: Sequence[LayerWeights], weights: Tensor) -> None:
        self.seeing, self.remembering, self.telling = (
            chain(weights, [layer], []) for layer in layers
        )
        super().__init__(self.seeing, self.remembering, self.telling)
        self.window, self.hidden = network.inputs, network.hidden

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the numbers (n, b, L − d) that follow each window of pieces (n, b, L − 1)."""
        told, state = [], torch.zeros(1, self.hidden)
        for window in inputs.unfold(-1, self.window, 1).unbind(-2):
            state = (self.remembering(state)[-1] + self.seeing(window)[-1]).tanh()
            told.append(self.telling(state)[-1].tanh())
        return torch.cat(told, dim=2)

    def quality(self, inputs: Tensor, wanted: Tensor) -> Tensor:
        """Return the mean square error (n, b) over the numbers of every piece after the first d."""
        return (self.outputs(wanted[..., :-1]) - wanted[..., self.window :]).square().mean(dim=2)

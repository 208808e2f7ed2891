"""Variational autoencoders of windows (Kingma and Welling, ICLR 2014)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sametask.config.sections.ensemble_section import Variational
from sametask.neurons.networks.stack import Networks, chain
from sametask.populations.layout import LayerWeights


class VariationalAutoencoders(Networks):
    """A window x has a code z ~ N(μ(x), diag σ²(x)), from which x̂(z) is given back.

    Both ways have a hidden layer with ReLU.
    """

    def __init__(
        self, network: Variational, layers: Sequence[LayerWeights], weights: Tensor
    ) -> None:
        self.encoder = chain(weights, layers[:2], ["relu"])
        self.decoder = chain(weights, layers[2:], ["relu"])
        super().__init__(self.encoder, self.decoder)

    def codes(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the means μ and the logarithms of the variances σ², both (n, b, code)."""
        mean, logarithm = self.encoder(inputs)[-1].chunk(2, dim=2)
        return mean, logarithm

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return what the mean code gives back (n, b, d)."""
        return self.decoder(self.codes(inputs)[0])[-1]

    def losses(self, inputs: Tensor, wanted: Tensor, random: torch.Generator) -> Tensor:
        """Return ½‖x − x̂(μ + σ ε)‖² + KL(N(μ, σ²) ‖ N(0, I)), for every row (n, b).

        It is the negative evidence bound for noise of variance 1, without its constant. ε are the
        same for all networks.
        """
        mean, logarithm = self.codes(inputs)
        noise = torch.randn(mean.shape[1:], generator=random)
        found = self.decoder(mean + (logarithm / 2).exp() * noise)[-1]
        divergence = (mean.square() + logarithm.exp() - logarithm - 1).sum(dim=2) / 2
        return (found - wanted).square().sum(dim=2) / 2 + divergence

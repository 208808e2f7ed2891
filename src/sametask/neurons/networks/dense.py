"""Perceptrons that classify, linear layers, and autoencoders of two layers."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sametask.config.sections.ensemble_section import Autoencoder, Linear, Perceptron
from sametask.networks.stacked import cross_entropies
from sametask.neurons.networks.stack import Networks, chain
from sametask.populations.layout import LayerWeights


class Perceptrons(Networks):
    """Layers with biases and an activation between them; outputs are the scores of classes.

    What is wanted are the numbers (n, b) or (b,) of classes.
    """

    def __init__(
        self, network: Perceptron, layers: Sequence[LayerWeights], weights: Tensor
    ) -> None:
        self.dense = chain(weights, layers, [network.activation] * (len(layers) - 1))
        super().__init__(self.dense)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the scores (n, b, k)."""
        return self.dense(inputs)[-1]

    def losses(self, inputs: Tensor, wanted: Tensor, random: torch.Generator) -> Tensor:
        """Return the cross entropy of every row (n, b)."""
        return cross_entropies(self.outputs(inputs), wanted)

    def quality(self, inputs: Tensor, wanted: Tensor) -> Tensor:
        """Return for every row (n, b) whether its class has the highest score."""
        return (self.outputs(inputs).argmax(dim=2) == wanted).float()


class LinearLayers(Networks):
    """x ↦ W x + b."""

    def __init__(self, network: Linear, layers: Sequence[LayerWeights], weights: Tensor) -> None:
        self.dense = chain(weights, layers, [])
        super().__init__(self.dense)

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the outputs (n, b, k)."""
        return self.dense(inputs)[-1]


class Autoencoders(Networks):
    """x ↦ D σ(E x + b) + c: nonlinear principal components.

    ``orthogonal: first`` has orthonormal rows of E, ``both`` orthonormal columns of D as well.
    """

    def __init__(
        self, network: Autoencoder, layers: Sequence[LayerWeights], weights: Tensor
    ) -> None:
        self.dense = chain(weights, layers, [network.activation])
        super().__init__(self.dense)
        self.orthogonal = network.orthogonal
        self.constrain()

    def outputs(self, inputs: Tensor) -> Tensor:
        """Return what is given back (n, b, p)."""
        return self.dense(inputs)[-1]

    @torch.no_grad()
    def constrain(self) -> None:
        """Make rows of E, and columns of D, orthonormal, as the settings say."""
        into, out = self.dense.weights
        if self.orthogonal != "none":
            into.copy_(orthonormal(into))
        if self.orthogonal == "both":
            out.copy_(orthonormal(out.mT).mT)


def orthonormal(columns: Tensor) -> Tensor:
    """Return orthonormal columns (n, h, d) that span the same, by Gram and Schmidt.

    It is the retraction by Q of Q R, where R has a positive diagonal (Absil, Mahony, Sepulchre,
    "Optimization Algorithms on Matrix Manifolds", 2008, example 4.1.3), in double precision.
    """
    across, upper = torch.linalg.qr(columns.double())
    signs = torch.where(upper.diagonal(dim1=1, dim2=2) < 0, -1.0, 1.0)
    return (across * signs[:, None]).to(columns.dtype)

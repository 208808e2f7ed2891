"""Networks before they shrink, and what their neurons do on rows that they learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.networks.stacked import StackedPerceptron
from sametask.neurons.arrangement.distances import between
from sametask.neurons.members import Members
from sametask.neurons.moments import Moments


def stacked(members: Members, split: int) -> StackedPerceptron:
    """Return the networks of a split that did not diverge, as chains of dense layers.

    Raises ``DataError`` for networks that are more than a chain, and if all have diverged.
    """
    weights = torch.from_numpy(members.weights[split][members.present[split]]).double()
    shapes = [layer.kernel.shape for layer in members.layers]
    if any(one[0] != other[1] or other[2] > 1 for one, other in pairwise(shapes)):
        raise DataError(
            "neurons can be merged or left out in chains of dense layers only (network.kind: "
            f"perceptron, autoencoder), but the layers have shapes {shapes}"
        )
    if not len(weights):
        raise DataError(f"split {split}: all networks have diverged, none is left to shrink")
    kernels = [weights[:, torch.from_numpy(layer.kernel[..., 0])].mT for layer in members.layers]
    biases = [weights[:, torch.from_numpy(layer.biases.T)] for layer in members.layers]
    return frozen(kernels, biases, members.activation)


def frozen(kernels: list[Tensor], biases: list[Tensor], activation: str) -> StackedPerceptron:
    """Return networks that are not trained any more."""
    stack = StackedPerceptron(kernels, biases, [activation] * (len(kernels) - 1))
    return stack.requires_grad_(False)


@dataclass(frozen=True)
class Original:
    """n networks, the ``layer`` whose K neurons are merged or left out, and rows to measure them on.

    ``inputs`` (s, d) are rows that they learned from, and ``wanted`` (s, p) what is wanted of them:
    numbers, or 1 for the class and 0 for others. ``moments`` are those of the neurons, in common.
    """

    stack: StackedPerceptron
    layer: int
    activation: str
    inputs: Tensor
    wanted: Tensor
    moments: Moments

    @property
    def last(self) -> bool:
        """Whether the neurons are outputs, which cannot be left out."""
        return self.layer == len(self.stack.weights)

    @cached_property
    def rows(self) -> Tensor:
        """The weights (n, K, d + 1) into each neuron, the bias last."""
        place = self.layer - 1
        return torch.cat([self.stack.weights[place], self.stack.biases[place]], dim=1).mT

    @property
    def out(self) -> Tensor:
        """The weights (n, K, o) out of each neuron."""
        return self.stack.weights[self.layer]

    @cached_property
    def activations(self) -> Tensor:
        """What the neurons answer (n, s, K)."""
        return self.stack(self.inputs)[self.layer - 1]

    @cached_property
    def sums(self) -> Tensor:
        """What arrives at the next layer (n, s, o), before its activation."""
        return torch.baddbmm(self.stack.biases[self.layer], self.activations, self.out)

    @cached_property
    def together(self) -> Tensor:
        """Covariances (n, K, K) of what two neurons give to the next layer, summed over units."""
        centred = self.activations - self.activations.mean(dim=1, keepdim=True)
        covariance = centred.mT @ centred / (len(self.inputs) - 1)
        return covariance * (self.out @ self.out.mT)

    @cached_property
    def distances(self) -> np.ndarray:
        """ρ₂ (K, K) between the neurons."""
        return between(self.moments, "wasserstein")

    def replaced(self, rows: Tensor, out: Tensor) -> StackedPerceptron:
        """Return the networks with other neurons: rows (n, k, d + 1), and weights out (n, k, o)."""
        place = self.layer - 1
        kernels, biases = list(self.stack.weights), list(self.stack.biases)
        kernels[place], biases[place] = rows[..., :-1].mT, rows[..., -1][:, None]
        kernels[place + 1] = out
        return frozen(kernels, biases, self.activation)

    def moved(self, stack: StackedPerceptron, out: Tensor, bias: Tensor) -> StackedPerceptron:
        """Return networks with other weights out of their neurons, and biases they arrive at."""
        kernels, biases = list(stack.weights), list(stack.biases)
        kernels[self.layer], biases[self.layer] = out, bias
        return frozen(kernels, biases, self.activation)


def require_size(size: int, neurons: int) -> None:
    """Raise ``DataError`` unless some of the neurons can be left."""
    if not 1 <= size <= neurons:
        raise DataError(
            f"neurons.shrink.sizes: {size} of {neurons} neurons cannot be left; valid: 1 to {neurons}"
        )


def sizes_of(asked: Sequence[int] | str, neurons: int) -> np.ndarray:
    """Return the numbers of neurons that are left, in order; all of them are the last.

    ``auto`` are numbers that grow by a third or so. Raises ``DataError`` for a number that is
    larger than there are neurons.
    """
    if isinstance(asked, str):
        grown = np.unique(np.geomspace(1, neurons, 16).round().astype(int))
        return grown
    for size in asked:
        require_size(size, neurons)
    return np.unique([*asked, neurons])

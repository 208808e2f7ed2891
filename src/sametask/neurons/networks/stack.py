"""What all kinds of networks of an ensemble have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor

from sametask.networks.stacked import StackedPerceptron
from sametask.populations.layout import LayerWeights


def chain(
    weights: Tensor, layers: Sequence[LayerWeights], activations: Sequence[str]
) -> StackedPerceptron:
    """Return perceptrons of some layers, which follow each other, of networks with weights (n, P).

    Each of the ``activations`` follows one layer, from the first on.
    """
    kernels = [weights[:, torch.from_numpy(layer.kernel[..., 0])].mT for layer in layers]
    biases = [
        weights[:, torch.from_numpy(layer.biases)].mT for layer in layers if layer.bias is not None
    ]
    return StackedPerceptron([one.contiguous() for one in kernels], biases, activations)


class Networks(ABC):
    """n networks of one shape that tell numbers, made of chains of layers.

    Inputs (n, b, d) and what is wanted of them (n, b, p) are each network's own; inputs (b, d) and
    what is wanted (b, p) are the same for all.
    """

    def __init__(self, *parts: StackedPerceptron) -> None:
        self.parts = parts

    @abstractmethod
    def outputs(self, inputs: Tensor) -> Tensor:
        """Return the outputs (n, b, k)."""

    def losses(self, inputs: Tensor, wanted: Tensor, random: torch.Generator) -> Tensor:
        """Return what training minimises, for every row (n, b)."""
        return self.quality(inputs, wanted)

    def quality(self, inputs: Tensor, wanted: Tensor) -> Tensor:
        """Return the mean square error of every row (n, b)."""
        return (self.outputs(inputs) - wanted).square().mean(dim=2)

    def constrain(self) -> None:  # noqa: B027 - most kinds have nothing to do
        """Bring the weights back to where they have to be, after a step."""

    def parameters(self) -> list[Tensor]:
        """Return what training moves: tensors (n, …)."""
        return [one for part in self.parts for one in part.parameters()]

    def flattened(self) -> Tensor:
        """Return the weights (n, P) of every network, in the order of its layers."""
        return torch.cat([part.flattened() for part in self.parts], dim=1)

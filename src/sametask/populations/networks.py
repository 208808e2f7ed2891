"""The networks of a population: how they are built, and the weights that they begin with."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sametask.base.randomness import derived_seed
from sametask.config.sections.population_section import KERNEL, Convolution, Population
from sametask.networks.stacked import StackedAverages, StackedPerceptron
from sametask.populations.initialisers import drawn
from sametask.populations.members import Member, layers


class StackedNetworks(nn.Module):
    """n networks: features of images, and the scores of classes, which a last layer makes of them.

    The last of what ``features`` returns are the features (n, b, f).
    """

    def __init__(
        self, features: StackedPerceptron | StackedAverages, scores: StackedPerceptron
    ) -> None:
        super().__init__()
        self.features, self.scores = features, scores

    @property
    def width(self) -> int:
        """The number f of features."""
        return self.scores.weights[0].shape[1]

    def forward(self, images: Tensor, factors: Tensor | None = None) -> Tensor:
        """Return the scores (n, b, k) of images (b, d), the same for all members.

        The features are multiplied by ``factors`` (n, b, f): zeros drop out.
        """
        features = self.features(images)[-1]
        return self.scores(features if factors is None else factors * features)[-1]

    def flattened(self) -> Tensor:
        """Return the weights (n, P) of every member, in the order of ``layers``."""
        return torch.cat([self.features.flattened(), self.scores.flattened()], dim=1)


def _kernels(group: Sequence[Member], settings: Population) -> list[Tensor]:
    """Return the initial weights (n, units, inputs, places) of every layer."""
    kernels: list[list[Tensor]] = [[] for _ in layers(settings)]
    for member in group:
        own = settings.initial_weights == "own"
        stream = f"network {member.start}" if own else "networks"
        random = torch.Generator().manual_seed(derived_seed(settings.seed, stream))
        for kept, layer in zip(kernels, layers(settings), strict=True):
            kept.append(drawn(member.initialiser, layer.shape, random))
    return [torch.stack(kept) for kept in kernels]


def build(group: Sequence[Member], settings: Population) -> StackedNetworks:
    """Return networks of one activation with the weights that they begin with; biases are zeros."""
    *hidden, last = _kernels(group, settings)
    count, activation, outputs = len(group), group[0].activation, last.squeeze(-1).mT
    if isinstance(settings.network, Convolution):
        kernels = [kernel.unflatten(-1, (KERNEL, KERNEL)) for kernel in hidden]
        biases = [torch.zeros(kernel.shape[:2]) for kernel in hidden]
        averages = StackedAverages(kernels, biases, settings.images.side, activation)
        zeros = torch.zeros(count, 1, outputs.shape[-1])
        return StackedNetworks(averages, StackedPerceptron([outputs], [zeros], []))
    weights = [kernel.squeeze(-1).mT for kernel in hidden]
    units = StackedPerceptron(weights, [], [activation] * len(weights))
    return StackedNetworks(units, StackedPerceptron([outputs], [], []))

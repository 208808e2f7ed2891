"""Train the networks of a population, and keep their weights after every epoch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from sametask.base.randomness import derived_seed
from sametask.config.sections.imported_population_section import ImportedPopulation
from sametask.config.sections.population_section import Population
from sametask.networks.stacked import StackedWeights
from sametask.populations.initialisers import drawn
from sametask.populations.members import Member, widths
from sametask.populations.pieces import Images, draw_images


@dataclass(frozen=True)
class Trained:
    """Networks at their E checkpoints, the first of them untrained.

    ``weights`` (n, E, P), and by split the ``accuracy`` (n, E) and the cross entropy ``loss``
    (n, E) on its images.
    """

    weights: Tensor
    accuracy: dict[str, Tensor]
    loss: dict[str, Tensor]


def stack(group: Sequence[Member], settings: Population) -> StackedWeights:
    """Return networks with the weights that they begin with, each from its own seed."""
    shapes = [(units, inputs) for inputs, units in pairwise(widths(settings))]
    layers: list[list[Tensor]] = [[] for _ in shapes]
    for member in group:
        seed = derived_seed(settings.seed, f"network {member.start}")
        random = torch.Generator().manual_seed(seed)
        for kept, shape in zip(layers, shapes, strict=True):
            kept.append(drawn(member.initialiser, shape, random))
    return StackedWeights([torch.stack(kept) for kept in layers], group[0].activation)


def images(settings: Population, task: str) -> dict[str, Images]:
    """Return the images of both splits, with the classes of a task."""
    pictures = settings.images
    return {
        split: draw_images(each, pictures.ink, pictures.noise, settings.seed, split, task)
        for split, each in (("train", pictures.train), ("test", pictures.test))
    }


def trained_on(settings: Population | ImportedPopulation) -> Tensor | None:
    """Return the inputs (s, d) that networks are trained on; ``None`` if others trained them."""
    if isinstance(settings, ImportedPopulation):
        return None
    return images(settings, settings.images.tasks[0])["train"].pixels


def _batches(data: Images, settings: Population) -> Iterator[list[Tensor]]:
    """Yield the rows of the batches of every epoch: the same for all networks."""
    random = torch.Generator().manual_seed(derived_seed(settings.seed, "batches"))
    for _ in range(settings.epochs):
        yield list(torch.randperm(len(data.pixels), generator=random).split(settings.batch))


def _each_loss(outputs: Tensor, classes: Tensor) -> Tensor:
    """Return the mean cross entropy (n,) of every member's scores (n, b, k)."""
    wanted = classes.expand(len(outputs), -1)
    return cross_entropy(outputs.transpose(1, 2), wanted, reduction="none").mean(dim=1)


@torch.no_grad()
def _measured(network: StackedWeights, data: Images) -> tuple[Tensor, Tensor]:
    """Return the accuracy (n,) and the loss (n,) of every member on images."""
    outputs = network(data.pixels)
    right = outputs.argmax(dim=2) == data.classes
    return right.float().mean(dim=1), _each_loss(outputs, data.classes)


def train(group: Sequence[Member], settings: Population) -> Trained:
    """Train networks at once by Adam with a constant learning rate.

    The sum of the members' losses is minimised: each gets the gradients that it would have alone.
    """
    network, data = stack(group, settings), images(settings, group[0].task)
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    weights = [network.flattened()]
    found = {split: [_measured(network, some)] for split, some in data.items()}
    for batches in _batches(data["train"], settings):
        for rows in batches:
            outputs = network(data["train"].pixels[rows])
            optimiser.zero_grad()
            _each_loss(outputs, data["train"].classes[rows]).sum().backward()
            optimiser.step()
        weights.append(network.flattened())
        for split, some in data.items():
            found[split].append(_measured(network, some))
    return Trained(
        torch.stack(weights, dim=1),
        {split: torch.stack([one[0] for one in ends], dim=1) for split, ends in found.items()},
        {split: torch.stack([one[1] for one in ends], dim=1) for split, ends in found.items()},
    )

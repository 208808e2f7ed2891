"""Train the networks of a population, and keep their weights at the checkpoints."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.randomness import derived_seed, generator
from sametask.config.sections.imported_population_section import ImportedPopulation
from sametask.config.sections.population_section import Convolution, DigitImages, Population
from sametask.networks.stacked import cross_entropies
from sametask.populations.digits import digit_images
from sametask.populations.dropout import StackedDropout
from sametask.populations.images import Images
from sametask.populations.members import Member
from sametask.populations.memory import keep_memory
from sametask.populations.networks import StackedNetworks, build
from sametask.populations.optimisers import OPTIMISERS, StackedOptimiser
from sametask.populations.pieces import draw_images


@dataclass(frozen=True)
class Trained:
    """Networks at their E checkpoints.

    ``weights`` (n, E, P), and by split the ``accuracy`` (n, E) and the cross entropy ``loss``
    (n, E) on its images.
    """

    weights: Tensor
    accuracy: dict[str, Tensor]
    loss: dict[str, Tensor]

    @property
    def present(self) -> Tensor:
        """Whether all numbers of a checkpoint are finite (n, E): not of networks that diverged."""
        losses = torch.stack(list(self.loss.values()))
        return self.weights.isfinite().all(dim=2) & losses.isfinite().all(dim=0)


def images(settings: Population, task: str, share: float = 1.0) -> dict[str, Images]:
    """Return the images of both splits, with the classes of a task.

    To train on, they are those that networks with this share see.
    """
    asked = settings.images
    if isinstance(asked, DigitImages):
        both = digit_images(asked.train, settings.seed)
    else:
        both = {
            split: draw_images(each, asked.ink, asked.noise, settings.seed, split, task)
            for split, each in (("train", asked.train), ("test", asked.test))
        }
    order = generator(settings.seed, "share of images").permutation(asked.learned)
    rows = torch.from_numpy(order[: settings.learned(share)]).sort().values
    return both | {"train": both["train"].chosen(rows)}


def trained_on(settings: Population | ImportedPopulation) -> Tensor | None:
    """Return the inputs (s, d) that networks are trained on; ``None`` if others trained them."""
    if isinstance(settings, ImportedPopulation):
        return None
    return images(settings, settings.images.tasks[0])["train"].pixels


def tested_on(settings: Population) -> Images | None:
    """Return the images of a population's accuracy; ``None`` for convolutions or several tasks."""
    if isinstance(settings.network, Convolution) or len(settings.images.tasks) > 1:
        return None
    return images(settings, settings.images.tasks[0])["test"]


def _batches(data: Images, settings: Population) -> Iterator[list[Tensor]]:
    """Yield the rows of the batches of every epoch: the same for all networks of a group."""
    random = torch.Generator().manual_seed(derived_seed(settings.seed, "batches"))
    for _ in range(settings.epochs):
        yield list(torch.randperm(len(data.pixels), generator=random).split(settings.batch))


@torch.no_grad()
def _measured(network: StackedNetworks, data: Images) -> tuple[Tensor, Tensor]:
    """Return the accuracy (n,) and the loss (n,) of every member on images."""
    scores = network(data.pixels)
    right = scores.argmax(dim=2) == data.classes
    return right.float().mean(dim=1), cross_entropies(scores, data.classes).mean(dim=1)


def _optimiser(network: StackedNetworks, group: Sequence[Member]) -> StackedOptimiser:
    """Return the optimiser of a group, with the learning rate and decay of each network."""
    rates, decays = (
        torch.tensor([getattr(member, name) for member in group], dtype=torch.float64)
        for name in ("learning_rate", "weight_decay")
    )
    return OPTIMISERS[group[0].optimiser](network.parameters(), rates, decays)


def _passes(
    network: StackedNetworks, group: Sequence[Member], data: Images, settings: Population
) -> Iterator[None]:
    """Train networks, and yield before the training and after every epoch."""
    optimiser, dropout = _optimiser(network, group), StackedDropout(group, settings.seed)
    yield
    for batches in _batches(data, settings):
        dropped = dropout.factors(list(map(len, batches)), network.width)
        for rows, factors in zip(batches, dropped, strict=True):
            scores = network(data.pixels[rows], factors)
            optimiser.minimise(cross_entropies(scores, data.classes[rows]).mean(dim=1))
        yield


def train(group: Sequence[Member], settings: Population) -> Trained:
    """Train networks at once, with a constant learning rate each."""
    keep_memory()
    network, data = build(group, settings), images(settings, group[0].task, group[0].share)
    kept, weights = set(settings.kept), []
    found: dict[str, list[tuple[Tensor, Tensor]]] = {split: [] for split in data}
    for epoch, _ in enumerate(_passes(network, group, data["train"], settings)):
        if epoch in kept:
            weights.append(network.flattened())
            for split, some in data.items():
                found[split].append(_measured(network, some))
    accuracy, loss = (
        {split: torch.stack([one[place] for one in ends], dim=1) for split, ends in found.items()}
        for place in (0, 1)
    )
    trained = Trained(torch.stack(weights, dim=1), accuracy, loss)
    diverged = len(group) - int(trained.present.all(dim=1).sum())
    logging.getLogger(__name__).info("%d of %d networks diverged", diverged, len(group))
    return trained

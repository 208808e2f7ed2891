"""Pairs of networks of a population as they meet: the networks, and images that are new to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.config.sections.population_section import DigitImages, PieceImages, Population
from sametask.populations.pieces import draw_images
from sametask.populations.stored import StoredPopulation
from sametask.verdict.task.learner import Seen
from sametask.weights.judged import Meeting, Network, Three
from sametask.weights.pairs.choice import Pair, Side

# Images of every piece that maps are judged on: no network was trained or scored on them.
HELD_OUT = 100


def images(pictures: PieceImages | DigitImages, seed: int) -> Seen:
    """Return the images that networks are trained on, and others to judge maps on, as rows.

    Raises ``DataError`` for images that no others can be drawn of.
    """
    if not isinstance(pictures, PieceImages):
        raise DataError("pairs are compared on new images, which can be drawn of pieces only")
    drawn = (
        draw_images(each, pictures.ink, pictures.noise, seed, split).pixels.double()
        for each, split in ((pictures.train, "train"), (HELD_OUT, "pairs"))
    )
    return Seen(*drawn)


def meetings(
    population: StoredPopulation, pairs: Sequence[Pair], settings: Population, seed: int
) -> Iterator[Meeting]:
    """Yield the networks of every pair, and the images of the population's ``settings``.

    ``seed`` is that of what a verdict draws.
    """
    layers, activations = population.layers, population.values("activation")
    weights = torch.from_numpy(population.weights).double()
    inputs = images(settings.images, settings.seed)

    def network(place: int, checkpoint: int) -> Network:
        # A copy: a slice would take the weights of all networks along to another process.
        return Network(weights[place, checkpoint].clone(), layers, activations[place])

    def three(side: Side) -> Three:
        return (
            network(side.network, side.checkpoint),
            network(side.reference, side.checkpoint),
            network(side.untrained, 0),
        )

    for number, pair in enumerate(pairs):
        own = derived_seed(seed, f"pair of networks {number}")
        yield Meeting(three(pair.a), three(pair.b), inputs, own)

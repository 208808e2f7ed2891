"""The networks of a population: what is each one's own, and which are trained at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, product

import numpy as np

from sametask.base.randomness import generator
from sametask.config.sections.population_section import (
    KERNEL,
    Convolution,
    Population,
)
from sametask.config.sections.ranges import LogUniform, Uniform
from sametask.populations.halves import halved
from sametask.populations.layout import LayerWeights, convolutions, dense_layers
from sametask.populations.stored import Facts

# Networks that are trained at once, at most. They are always the same ones, however a population is
# divided into jobs, so that the last bit is the same too.
AT_ONCE = 125
# Networks in a job, at most.
IN_JOB = 250
# What is known of each network beside its number.
CLASSES = ("activation", "initialiser", "optimiser")
NUMBERS = ("learning_rate", "weight_decay", "dropout", "share")


@dataclass(frozen=True)
class Member:
    """A network of a population: its number, and what is its own."""

    number: int
    activation: str
    optimiser: str
    share: float
    initialiser: str
    learning_rate: float
    weight_decay: float
    dropout: float

    @property
    def kind(self) -> tuple[str, str, float, str]:
        """What it has in common with others of its population."""
        return self.activation, self.optimiser, self.share, self.initialiser

    @property
    def beside(self) -> tuple[str, str, float]:
        """What networks that are trained at once have in common."""
        return self.kind[:3]


def members(settings: Population) -> list[Member]:
    """Return the networks of a population; those that can be trained at once after one another."""
    kinds = product(
        settings.activations,
        settings.optimisers,
        settings.shares,
        settings.initialisers,
        range(settings.networks),
    )
    return [
        Member(number, activation, optimiser, share, initialiser, **_own_numbers(settings, number))
        for number, (activation, optimiser, share, initialiser, _) in enumerate(kinds)
    ]


def _own_numbers(settings: Population, number: int) -> dict[str, float]:
    """Return what a network draws for itself."""
    names = ("learning_rate", "weight_decay", "dropout")
    places = generator(settings.seed, "settings of networks", number).random(len(names))
    given = [getattr(settings, name) for name in names]
    return {
        name: value.at(float(place)) if isinstance(value, Uniform | LogUniform) else value
        for name, value, place in zip(names, given, places, strict=True)
    }


def groups(settings: Population) -> list[list[Member]]:
    """Return the networks that are trained at once, in their order."""
    alike = []
    for _, some in groupby(members(settings), lambda member: member.beside):
        chosen = list(some)
        alike += [chosen[start : start + AT_ONCE] for start in range(0, len(chosen), AT_ONCE)]
    return alike


def blocks(settings: Population) -> list[list[list[Member]]]:
    """Return the groups that a job trains, for every job."""
    jobs: list[list[list[Member]]] = [[]]
    for group in groups(settings):
        if sum(map(len, jobs[-1])) + len(group) > IN_JOB:
            jobs.append([])
        jobs[-1].append(group)
    return jobs


def split(population: Sequence[Member], seed: int) -> np.ndarray:
    """Return the half (n,) that each network belongs to, as its place in ``SPLITS``.

    Of every kind, half of the networks are in each; of an odd number, one more in ``train``. All
    checkpoints of a network are in one half.
    """
    return halved([one.kind for one in population], seed)


def layers(settings: Population) -> list[LayerWeights]:
    """Return where the weights of each layer stand among those of a network."""
    network, images = settings.network, settings.images
    if isinstance(network, Convolution):
        return convolutions([1, *network.channels], KERNEL**2, images.classes)
    return dense_layers([images.side**2, *network.units, images.classes])


def facts(settings: Population) -> Facts:
    """Return what is known of the networks of a population beside their weights."""
    networks = members(settings)
    known: dict[str, list[str]] = {name: list(getattr(settings, f"{name}s")) for name in CLASSES}
    return Facts(
        np.array(settings.kept),
        layers(settings),
        split(networks, settings.seed),
        {
            name: (values, np.array([values.index(getattr(one, name)) for one in networks]))
            for name, values in known.items()
        },
        {name: np.array([getattr(one, name) for one in networks]) for name in NUMBERS},
    )

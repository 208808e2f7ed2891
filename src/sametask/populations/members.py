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
# Numbers that are known of each network.
NUMBERS = ("start", "learning_rate", "weight_decay", "dropout", "share")
# Settings that may be ranges, in which each network has a place of its own.
DRAWN = ("learning_rate", "weight_decay", "dropout")
# Activation, optimiser, share and initialiser of a network.
Kind = tuple[str, str, float, str]


@dataclass(frozen=True)
class Member:
    """A network of a population: its number, and what is its own.

    ``start`` is the number of the weights that it begins with, which networks of other tasks share.
    """

    number: int
    task: str
    start: int
    activation: str
    optimiser: str
    share: float
    initialiser: str
    learning_rate: float
    weight_decay: float
    dropout: float

    @property
    def kind(self) -> Kind:
        """What it has in common with others of its population, whatever their task."""
        return self.activation, self.optimiser, self.share, self.initialiser

    @property
    def beside(self) -> tuple[str, str, str, float]:
        """What networks that are trained at once have in common."""
        return self.task, *self.kind[:3]


def members(settings: Population) -> list[Member]:
    """Return the networks of a population; those that can be trained at once after one another."""
    of_a_task = list(
        product(
            settings.activations,
            settings.optimisers,
            settings.shares,
            settings.initialisers,
            range(settings.networks),
        )
    )
    return [
        _member(number, task, start, settings, kind[:-1])
        for number, (task, (start, kind)) in enumerate(
            product(settings.images.tasks, enumerate(of_a_task))
        )
    ]


def _member(number: int, task: str, start: int, settings: Population, kind: Kind) -> Member:
    """Return a network with what it draws for itself."""
    given = [getattr(settings, name) for name in DRAWN]
    places = generator(settings.seed, "settings of networks", start).random(len(given))
    rate, decay, dropout = (
        value.at(float(place)) if isinstance(value, Uniform | LogUniform) else value
        for value, place in zip(given, places, strict=True)
    )
    return Member(number, task, start, *kind, rate, decay, dropout)


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
    checkpoints of a network are in one half, and so are the networks of all tasks that begin with
    the same weights.
    """
    first = [one for one in population if one.task == population[0].task]
    halves = halved([one.kind for one in first], seed)
    return halves[[one.start for one in population]]


def layers(settings: Population) -> list[LayerWeights]:
    """Return where the weights of each layer stand among those of a network."""
    network, images = settings.network, settings.images
    if isinstance(network, Convolution):
        return convolutions([1, *network.channels], KERNEL**2, images.classes)
    return dense_layers([images.side**2, *network.units, images.classes])


def facts(settings: Population) -> Facts:
    """Return what is known of the networks of a population beside their weights."""
    networks = members(settings)
    known: dict[str, list[str]] = {
        "activation": list(settings.activations),
        "initialiser": list(settings.initialisers),
        "optimiser": list(settings.optimisers),
        "task": list(settings.images.tasks),
    }
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

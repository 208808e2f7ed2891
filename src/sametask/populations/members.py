"""The networks of a population: what is each one's own, and which are trained at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from sametask.config.sections.population_section import Population
from sametask.populations.halves import halved
from sametask.populations.layout import dense_layers
from sametask.populations.pieces import PIECES, SIDE
from sametask.populations.stored import Facts

# Networks that are trained at once. They are always the same ones, however a population is divided
# into jobs, so that the last bit is the same too.
AT_ONCE = 125
# Such groups in a job.
GROUPS = 2


@dataclass(frozen=True)
class Member:
    """A network of a population: its number, and what is its own.

    ``start`` is the number of the weights that it begins with, which networks of other tasks share.
    """

    number: int
    start: int
    task: str
    activation: str
    initialiser: str


def members(settings: Population) -> list[Member]:
    """Return the networks of a population: those of a task, and of an activation, together."""
    kinds = [
        (activation, initialiser)
        for activation in settings.activations
        for initialiser in settings.initialisers
        for _ in range(settings.networks)
    ]
    return [
        Member(number * len(kinds) + start, start, task, *kind)
        for number, task in enumerate(settings.images.tasks)
        for start, kind in enumerate(kinds)
    ]


def groups(settings: Population) -> list[list[Member]]:
    """Return the networks that are trained at once, with one task and activation, in order."""
    alike = []
    for _, some in groupby(members(settings), lambda member: (member.task, member.activation)):
        chosen = list(some)
        alike += [chosen[start : start + AT_ONCE] for start in range(0, len(chosen), AT_ONCE)]
    return alike


def blocks(settings: Population) -> list[list[list[Member]]]:
    """Return the groups that a job trains, for every job."""
    all_groups = groups(settings)
    return [all_groups[start : start + GROUPS] for start in range(0, len(all_groups), GROUPS)]


def split(population: Sequence[Member], seed: int) -> np.ndarray:
    """Return the half (n,) that each network belongs to, as its place in ``SPLITS``.

    Of every combination of an activation and an initialiser, half of the networks are in each; of
    an odd number, one more in ``train``. All checkpoints of a network are in one half, and so are
    the networks of all tasks that begin with the same weights.
    """
    first = [one for one in population if one.task == population[0].task]
    halves = halved([(one.activation, one.initialiser) for one in first], seed)
    return halves[[one.start for one in population]]


def widths(settings: Population) -> list[int]:
    """Return how many numbers each layer of the networks takes and puts out: input to output."""
    return [SIDE * SIDE, *settings.units, len(PIECES)]


def facts(settings: Population) -> Facts:
    """Return what is known of the networks of a population beside their weights."""
    networks = members(settings)
    kinds: dict[str, Sequence[str]] = {
        "activation": settings.activations,
        "initialiser": settings.initialisers,
        "task": settings.images.tasks,
    }
    return Facts(
        np.arange(settings.epochs + 1),
        dense_layers(widths(settings)),
        split(networks, settings.seed),
        {
            kind: (list(known), np.array([known.index(getattr(one, kind)) for one in networks]))
            for kind, known in kinds.items()
        },
        {"start": np.array([one.start for one in networks])},
    )

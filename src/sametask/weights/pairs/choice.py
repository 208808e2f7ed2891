"""Which networks of a population are paired, and what is known of each pair by construction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.base.relations import GRADED, OTHER_TASK, SAME_TASK
from sametask.populations.stored import StoredPopulation

# Pairs of the same task, of each task; of other tasks, of each two tasks, and as many again that
# begin with the same weights; and for each task and each of ``EPOCHS``, pairs of a trained network
# with an earlier checkpoint of another network, and with one of its own.
SAME, OTHER, EARLIER, OWN = 12, 6, 3, 1
EPOCHS = (0, 5, 10, 20, 40)
# The kinds of pairs.
SAME_TARGET, OTHER_TARGET, OTHER_SAME_START = "same task", "other task", "other task, same start"
EARLIER_OTHER, EARLIER_OWN = "earlier checkpoint", "own earlier checkpoint"


@dataclass(frozen=True)
class Side:
    """A network of a pair at one of its checkpoints, and two networks of its task beside it.

    All are places in the population. The ``reference`` is at the same checkpoint, ``untrained`` at
    the first one; both are of the half that is learned from, and are not judged.
    """

    network: int
    checkpoint: int
    reference: int
    untrained: int


@dataclass(frozen=True)
class Pair:
    """Two networks, the truth about their tasks, and ``why``: the kind of the pair."""

    a: Side
    b: Side
    truth: str
    why: str


@dataclass(frozen=True)
class Wanted:
    """Pairs to be drawn: the tasks of both, whether they share a start, the checkpoint of ``b``."""

    tasks: tuple[int, int]
    same_start: bool
    checkpoint: int
    truth: str
    why: str
    count: int


def wanted(epochs: np.ndarray, tasks: int) -> Iterator[Wanted]:
    """Yield what is wanted of so many ``tasks``; the pairs with least choice come first."""
    last = len(epochs) - 1
    for both in combinations(range(tasks), 2):
        yield Wanted(both, True, last, OTHER_TASK, OTHER_SAME_START, OTHER)
    for both in combinations(range(tasks), 2):
        yield Wanted(both, False, last, OTHER_TASK, OTHER_TARGET, OTHER)
    for task in range(tasks):
        both = task, task
        yield Wanted(both, False, last, SAME_TASK, SAME_TARGET, SAME)
        for place in np.flatnonzero(np.isin(epochs[:-1], EPOCHS)).tolist():
            yield Wanted(both, False, place, GRADED, EARLIER_OTHER, EARLIER)
            yield Wanted(both, True, place, GRADED, EARLIER_OWN, OWN)


def _two(
    free: Sequence[Sequence[int]], start: np.ndarray, same: bool, draw: np.random.Generator
) -> tuple[int, int]:
    """Return two networks, one of each list, that share their ``start`` (n,) or do not."""
    for a in draw.permutation(free[0]).tolist():
        for b in draw.permutation(free[1]).tolist():
            if (start[a] == start[b]) == same:
                return a, b
    raise DataError("the test half has too few networks of each task to choose pairs of them")


def _of_tasks(population: StoredPopulation, half: int) -> list[list[int]]:
    """Return the networks of each task in one half."""
    task = population.places("task")
    tasks = population.classes["task"]
    if len(tasks) < 2:
        raise DataError(
            f"{population.store.path}: all networks learn the task {tasks[0]!r}; pairs need "
            "several (images.tasks in its file of settings)"
        )
    return [
        np.flatnonzero((population.split == half) & (task == one)).tolist()
        for one in range(len(tasks))
    ]


def choose(population: StoredPopulation, seed: int) -> list[Pair]:
    """Return pairs of networks of the test half, at random; no network is in two of them.

    Two networks of one task that share their start are one network, at two checkpoints. Raises
    ``DataError`` if all networks learn one task, or if there are too few.
    """
    free, copies = _of_tasks(population, 1), _of_tasks(population, 0)
    start, last = population.store["numbers/start"], len(population.epochs) - 1
    draw, pairs = generator(seed, "pairs of networks"), []
    for some in wanted(population.epochs, len(free)):
        for _ in range(some.count):
            both = _two([free[task] for task in some.tasks], start, some.same_start, draw)
            a, b = (
                Side(network, checkpoint, *draw.choice(copies[task], 2, replace=False).tolist())
                for network, checkpoint, task in zip(
                    both, (last, some.checkpoint), some.tasks, strict=True
                )
            )
            free = [[one for one in networks if one not in both] for networks in free]
            pairs.append(Pair(a, b, some.truth, some.why))
    return pairs

"""What is asked of the weights of a population, and which networks answers are learned from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.config.sections.study_section import LEAST
from sametask.populations.stored import SPLITS, StoredPopulation

# Of the networks of the first half, one in so many is kept to choose by.
CHOOSING = 10
# Before the name of a property whose answers are shuffled.
SHUFFLED = "shuffled-"


@dataclass(frozen=True)
class Networks:
    """Numbers of the networks to learn from, to choose by, and to be tested on: none in two."""

    learn: np.ndarray
    choose: np.ndarray
    test: np.ndarray


def divided(split: np.ndarray, seed: int, count: int | None = None) -> Networks:
    """Return which networks are for what, by their half ``split`` (n,).

    Of the first half, a tenth is to choose by. ``count`` networks at most are used of it. Raises
    ``DataError`` if a half has fewer than ``LEAST``, or fewer than ``count``.
    """
    first, test = np.flatnonzero(split == 0), np.flatnonzero(split == 1)
    count = len(first) if count is None else count
    if min(count, len(test)) < LEAST or count > len(first):
        raise DataError(
            f"{count} networks to learn from and {len(test)} to test on; there are {len(first)} "
            f"to learn from, and at least {LEAST} are needed of both"
        )
    some = generator(seed, "networks to learn from").permutation(first)[:count]
    choose = max(count // CHOOSING, 2)
    return Networks(np.sort(some[choose:]), np.sort(some[:choose]), test)


@dataclass(frozen=True)
class Question:
    """A property of every checkpoint: a number, or one of several ``classes``.

    ``values`` (n, E): numbers, or places in ``classes``. ``counted`` (n, E): where there is one and
    an answer is judged; never before the training.
    """

    name: str
    values: np.ndarray
    counted: np.ndarray
    classes: tuple[str, ...] = ()


def ask(population: StoredPopulation, name: str, seed: int) -> Question:
    """Return the question of a name.

    ``accuracy`` and ``epoch`` are numbers; ``checkpoint`` is the epoch as one of few classes; all
    others are what the networks were made with, such as ``activation``. With ``shuffled-`` before
    it, all answers of a half change places: nothing can be learned, and whoever tells something has
    seen what it is tested on. ``StoreError`` if the population does not say it.
    """
    if name.startswith(SHUFFLED):
        known = ask(population, name.removeprefix(SHUFFLED), seed)
        return _shuffled(known, population.split, seed)
    trained = judged(population)
    if name == "accuracy":
        values = population.figure("test/accuracy")
        return Question(name, values, trained & np.isfinite(values))
    if name == "epoch":
        epochs = np.broadcast_to(population.epochs.astype(float), trained.shape)
        return Question(name, epochs, trained)
    if name == "checkpoint":
        numbers = np.broadcast_to(np.arange(len(population.epochs)), trained.shape)
        return Question(name, numbers, trained, tuple(map(str, population.epochs)))
    places = np.broadcast_to(population.places(name)[:, None], trained.shape)
    return Question(name, places, trained, tuple(population.classes[name]))


def judged(population: StoredPopulation) -> np.ndarray:
    """Return which checkpoints (n, E) are there, after the start; ``DataError`` if a half has none.

    Such are networks that diverged, or that were kept untrained only.
    """
    trained: np.ndarray = population.present & (population.epochs > 0)
    for half, name in enumerate(SPLITS):
        some = trained[population.split == half]
        if len(some) and not some.any():
            raise DataError(
                f"{population.store.path}: no checkpoint after the start is there of the "
                f"{len(some)} networks of the half {name}"
            )
    return trained


def _shuffled(question: Question, split: np.ndarray, seed: int) -> Question:
    """Return a question whose counted answers change places within each half of the networks."""
    values = question.values.copy()
    for half in np.unique(split):
        places = np.nonzero(question.counted & (split == half)[:, None])
        order = generator(seed, "shuffled answers", int(half)).permutation(len(places[0]))
        values[places] = values[places][order]
    return replace(question, name=SHUFFLED + question.name, values=values)

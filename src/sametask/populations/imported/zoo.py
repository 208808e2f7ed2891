"""A zoo of networks as its files have it, and how it becomes a population."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sametask.base.errors import DataError
from sametask.populations.halves import halved
from sametask.populations.imported.runs import Runs
from sametask.populations.layout import LayerWeights
from sametask.populations.stored import CHECKPOINT, SPLITS, Facts
from sametask.storage.chunks import Streamed, rows_per_shard
from sametask.storage.store import Writer

# What tells networks apart by a word; anything else of a network is a number.
CLASSES = ("activation", "initialiser", "optimiser")
# A store keeps the place of a word among all in a byte.
MOST_WORDS = 127


@dataclass(frozen=True)
class Zoo:
    """n networks at up to E checkpoints, whose weights are read when they are written.

    ``rows`` (n, E) are the rows of the file, −1 for a checkpoint that is absent; ``figures`` (r,)
    those of all rows, by name; ``read`` returns the weights (k, P) of some rows (k,); ``left_out``
    counts the rows that are not taken, by the reason.
    """

    facts: Facts
    rows: np.ndarray
    figures: Mapping[str, np.ndarray]
    read: Callable[[np.ndarray], np.ndarray]
    left_out: Mapping[str, int]

    def write(self, writer: Writer) -> None:
        """Write a population, some networks in memory at a time.

        Beside what every population has: ``row`` (n, E), and the attribute ``left_out``.
        """
        width = sum(layer.of_units.size for layer in self.facts.layers)
        shape = (*self.rows.shape, width)
        weights = Streamed(shape, np.float32, self._blocks(shape))
        writer.array("weights", weights, [*CHECKPOINT, "weight"])
        writer.array("present", self.rows >= 0, CHECKPOINT)
        writer.array("row", self.rows, CHECKPOINT)
        for name, values in self.figures.items():
            writer.array(name, np.where(self.rows >= 0, values[self.rows], np.nan), CHECKPOINT)
        self.facts.write(writer)
        writer.attributes["left_out"] = dict(self.left_out)

    def _blocks(self, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
        """Yield the weights (k, E, P) of some networks after another; not a number if absent."""
        networks = rows_per_shard(shape, np.float32)
        for start in range(0, len(self.rows), networks):
            rows = self.rows[start : start + networks]
            block = np.full((*rows.shape, shape[-1]), np.nan, np.float32)
            block[rows >= 0] = self.read(rows[rows >= 0])
            yield block


def _classes(runs: Runs, networks: np.ndarray) -> dict[str, tuple[list[str], np.ndarray]]:
    """Return the words that occur and the place (n,) of each network's own, by class."""
    found = {}
    for name in runs.own:
        if name in CLASSES:
            words, places = np.unique(runs.texts(name, networks), return_inverse=True)
            if len(words) > MOST_WORDS:
                raise DataError(f"{len(words)} values of {name}; at most {MOST_WORDS}")
            found[name] = (words.tolist(), places)
    return found


def _usable(runs: Runs, lacks: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, int]]:
    """Return which rows (r,) lack nothing, and how many lack each for the first time."""
    usable, left_out = np.ones(len(runs), bool), {}
    for name, lacking in lacks.items():
        left_out[name] = int((usable & lacking).sum())
        usable &= ~lacking
    if not usable.any():
        raise DataError(f"no checkpoint is left: {left_out or 'no rows'}")
    return usable, left_out


def _require_fractions(figures: Mapping[str, np.ndarray], usable: np.ndarray) -> None:
    """Refuse accuracies (r,) of usable rows that are not between 0 and 1."""
    for name, values in figures.items():
        wrong = usable & ~((values >= 0) & (values <= 1))
        if name.endswith("accuracy") and wrong.any():
            raise DataError(f"{name} {values[wrong][0]:g} is not between 0 and 1")


def _halves(
    names: Sequence[str], kinds: Sequence[np.ndarray], split: Mapping[str, int] | int
) -> np.ndarray:
    """Return the half (n,) of each of n networks, by its name or by the seed of a draw."""
    if isinstance(split, int):
        alike = [tuple(kind[place] for kind in kinds) for place in range(len(names))]
        halves, why = halved(alike, split), "; no combination of classes has two networks"
    else:
        halves, why = np.array([split[name] for name in names], np.int8), ""
    for half, name in enumerate(SPLITS):
        if half not in halves:
            raise DataError(f"no network is in the half {name}, of {len(names)}{why}")
    return halves


def assemble(
    runs: Runs,
    layers: Sequence[LayerWeights],
    read: Callable[[np.ndarray], np.ndarray],
    lacks: Mapping[str, np.ndarray],
    split: Mapping[str, int] | int,
) -> Zoo:
    """Return the networks of all rows but those (r,) that ``lacks`` gives for each reason.

    ``split`` has the half of every run by name, as its place in ``SPLITS``; or it is the seed by
    which they are drawn, as many of each combination of classes. ``DataError`` if an accuracy is
    not between 0 and 1, or if a half is empty.
    """
    usable, left_out = _usable(runs, lacks)
    figures = runs.figures
    _require_fractions(figures, usable)
    placed = runs.placed(usable)
    networks, names = placed.networks, runs.names
    classes = _classes(runs, networks)
    kinds = [places for _, places in classes.values()]
    halves = _halves([names[network] for network in networks], kinds, split)
    numbers = {key: runs.numbers(key, networks) for key in runs.own if key not in CLASSES}
    facts = Facts(placed.epochs, layers, halves, classes, numbers)
    return Zoo(facts, placed.rows, figures, read, left_out)

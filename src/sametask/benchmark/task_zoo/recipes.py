"""The networks of the task zoo, one by one: what each learns, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import cycle

from sametask.benchmark.task_zoo.data_sets import FOUR_INPUTS, IMAGES, DataSet
from sametask.benchmark.task_zoo.targets import (
    AUTOENCODER,
    FOLDED,
    MEMORISED,
    Target,
)
from sametask.benchmark.task_zoo.targets import targets as all_targets

# Activation, and width of both hidden layers.
PERCEPTRONS = {
    "tanh": ("tanh", (48, 32)),
    "ReLU": ("relu", (48, 32)),
    "wide GELU": ("gelu", (96, 64)),
    "narrow SiLU": ("silu", (32, 16)),
    "linear": ("identity", (48, 32)),
}
LINEAR, CONVOLUTION = "linear", "convolution"
# The target that most networks of a data set learn: its classes, unless it is named here.
MAIN = {"diabetes": "curve 1", FOUR_INPUTS: FOLDED.name}
UNTRAINED = "untrained"
# What is graded: the part of the training rows, of the training steps, of the weights.
PORTIONS, EFFORTS, KEPT, BITS = (0.5, 0.25), (0.02, 0.05, 0.15), (0.5, 0.2), 8


@dataclass(frozen=True)
class Recipe:
    """How a network is made: the same target and architecture, but for the ``seed``, is its like.

    ``renamed``: the names of the classes are permuted. ``portion`` of the training rows and
    ``effort``, a share of the training steps, are 1 unless the network is a graded case; an
    untrained network has effort 0. ``kept`` is the share of the weights that is not pruned,
    ``bits`` the precision to which weights are rounded.
    """

    data: str
    target: str
    architecture: str
    seed: int = 0
    renamed: bool = False
    portion: float = 1.0
    effort: float = 1.0
    kept: float = 1.0
    bits: int | None = None

    @property
    def untrained(self) -> bool:
        """Whether the network has its initial weights."""
        return self.effort == 0

    @property
    def derived(self) -> bool:
        """Whether its weights are those of another network of the zoo, changed."""
        return self.kept < 1 or self.bits is not None

    @property
    def parent(self) -> Recipe:
        """The network whose weights it has; itself, if it is not derived."""
        return replace(self, kept=1.0, bits=None)

    @property
    def change(self) -> str | None:
        """What makes it a graded case, in words; ``None`` if nothing does."""
        if self.untrained:
            return None
        if self.kept < 1:
            return f"pruned to {self.kept:.0%}"
        if self.bits is not None:
            return f"{self.bits}-bit weights"
        if self.effort < 1:
            return f"{self.effort:.0%} of the steps"
        if self.portion < 1:
            return f"{self.portion:.0%} of the rows"
        return LINEAR if self.architecture == LINEAR else None

    @property
    def name(self) -> str:
        """What tells it from all others of its data set."""
        named = self.architecture, UNTRAINED if self.untrained else self.target
        words = [*named, "renamed" if self.renamed else None, self.change, f"seed {self.seed}"]
        return ", ".join(word for word in dict.fromkeys(words) if word)


def _main(data: DataSet, main: str) -> Iterator[Recipe]:
    """Yield networks of the main target: seeds, architectures, renamed classes."""
    counts = {"tanh": 4, "ReLU": 3, "wide GELU": 3, "narrow SiLU": 2}
    if data.name in IMAGES:
        counts[CONVOLUTION] = 4
    for architecture, count in counts.items():
        for seed in range(count):
            yield Recipe(data.name, main, architecture, seed)
    if data.classifies:
        for architecture in ("tanh", "ReLU", "wide GELU"):
            yield Recipe(data.name, main, architecture, seed=9, renamed=True)


def _others(data: DataSet, main: str, targets: Mapping[str, Target]) -> Iterator[Recipe]:
    """Yield networks of all other targets, and untrained ones."""
    architectures = cycle(("tanh", "ReLU", "wide GELU", "narrow SiLU"))
    for name in targets:
        if name not in (main, AUTOENCODER):
            for seed in range(4 if targets[name].like is None else 2):
                yield Recipe(data.name, name, next(architectures), seed)
    for name in (AUTOENCODER, *MEMORISED):
        for seed in range(4):
            yield Recipe(data.name, name, "wide GELU", seed)
    for seed in range(4):
        yield Recipe(data.name, main, next(architectures), seed, effort=0.0)


def _graded(data: DataSet, main: str) -> Iterator[Recipe]:
    """Yield networks of the main target that do it worse, or may do so."""
    for seed in (20, 21):
        like = Recipe(data.name, main, "tanh", seed)
        yield from (replace(like, portion=portion) for portion in PORTIONS)
        yield from (replace(like, effort=effort) for effort in EFFORTS)
        yield replace(like, architecture=LINEAR)
    for seed in (0, 1):
        like = Recipe(data.name, main, "tanh", seed)
        yield from (replace(like, kept=kept) for kept in KEPT)
        yield replace(like, bits=BITS)


def recipes(data: DataSet) -> list[Recipe]:
    """Return all networks of a data set, in a fixed order."""
    main = MAIN.get(data.name, "classes")
    return [
        *_main(data, main),
        *_others(data, main, all_targets(data)),
        *_graded(data, main),
    ]

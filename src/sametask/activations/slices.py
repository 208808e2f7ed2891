"""Slices of a sequence: equidistant steps that are taken as one sample.

Rows of stores are samples, or slices if an experiment has ``positions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from einops import rearrange

from sametask.base.errors import ConfigError
from sametask.base.randomness import generator
from sametask.storage.store import Store

if TYPE_CHECKING:
    from torch import Tensor

# A NumPy array or a torch tensor.
Array = TypeVar("Array", np.ndarray, "Tensor")


def divisors(number: int) -> list[int]:
    """Return the divisors of a number in ascending order."""
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


@dataclass(frozen=True)
class Slices:
    """The S = T/p slices of T steps: slice s holds the p steps s, s + S, …, s + (p − 1) S.

    After section 4.2 of the thesis, where 100 steps are cut into 4, 10, 50 and 100 slices. Raises
    ``ConfigError`` if p does not divide T.
    """

    steps: int
    per_sample: int

    def __post_init__(self) -> None:
        if self.per_sample > self.steps or self.steps % self.per_sample:
            valid = ", ".join(map(str, divisors(self.steps)))
            raise ConfigError(
                f"positions.per_sample: {self.per_sample} does not divide the {self.steps} steps "
                f"of a sequence; valid: {valid}"
            )

    @property
    def count(self) -> int:
        """The number S of slices of one sequence."""
        return self.steps // self.per_sample

    def cut(self, sequences: Array) -> Array:
        """Return the slices (n S, p c) of sequences (n, T, c), sequence by sequence."""
        return rearrange(sequences, "n (p s) c -> (n s) (p c)", p=self.per_sample)

    def put_back(self, slices: Array) -> Array:
        """Undo ``cut``: slices (n S, p c) to sequences (n, T, c)."""
        return rearrange(slices, "(n s) (p c) -> n (p s) c", s=self.count, p=self.per_sample)


def draw_slices(numbers: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Draw at random among slices those (≤ count,) that a map is fitted on, in ascending order.

    Slice s of sequence i has the number i S + s. All networks get the same slices.
    """
    order = generator(seed, "slices").permutation(len(numbers))
    return np.sort(numbers[order[:count]])


def sample_numbers(recorded: Store, part: str) -> np.ndarray:
    """Return for every row of recorded activations the number (N,) of its sample."""
    slices = recorded.get(f"{part}/slices")
    if slices is None:
        slices = np.arange(recorded.lazy(f"{part}/samples").shape[0])
    return slices // recorded.attributes.get("rows_per_sample", 1)


def position_numbers(recorded: Store, part: str) -> np.ndarray:
    """Return for every row of recorded activations its place (N,) among those of its sample."""
    rows = recorded.attributes.get("rows_per_sample", 1)
    slices = recorded.get(f"{part}/slices")
    count = recorded.lazy(f"{part}/samples").shape[0]
    return (np.arange(count) if slices is None else slices) % rows


def sample_groups(recorded: Store, part: str) -> np.ndarray | None:
    """Return the samples (N,) of the rows of a part, or ``None`` where every row is a sample."""
    if recorded.attributes.get("rows_per_sample", 1) == 1:
        return None
    return sample_numbers(recorded, part)


def describe_unpaired(facts: Mapping[str, Any]) -> str:
    """Return a sentence on fit samples that are left out, by the attribute ``unpaired``."""
    left_out, samples = facts["unpaired"]
    return (
        f"{left_out} of {samples} fit samples have other numbers of words or frames than for the "
        "other networks, and are left out"
    )

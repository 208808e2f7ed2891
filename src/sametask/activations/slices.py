"""Slices of a sequence: some equidistant steps of it, taken as one sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from torch import Tensor

from sametask.errors import ConfigError

Rows = TypeVar("Rows", np.ndarray, Tensor)


def divisors(number: int) -> list[int]:
    """Return the numbers that divide another one, ascending."""
    return [one for one in range(1, number + 1) if number % one == 0]


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

    def cut(self, sequences: Rows) -> Rows:
        """Return the slices (n S, p c) of sequences (n, T, c), sequence by sequence."""
        parted = sequences.reshape(-1, self.per_sample, self.count, sequences.shape[-1])
        return parted.swapaxes(1, 2).reshape(-1, self.per_sample * sequences.shape[-1])

    def put_back(self, slices: Rows) -> Rows:
        """Undo ``cut``: slices (n S, p c) to sequences (n, T, c)."""
        parted = slices.reshape(
            -1, self.count, self.per_sample, slices.shape[-1] // self.per_sample
        )
        return parted.swapaxes(1, 2).reshape(-1, self.steps, parted.shape[-1])

"""The rows of a study of distillation: what teachers and students learn, and what is kept back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.neurons.data.rows import Rows

PARTS = ("teacher", "validation", "held_out")


@dataclass(frozen=True)
class Answered:
    """Inputs (n, b, d) of n networks, and the probabilities (n, b, k) that are wanted of each."""

    inputs: Tensor
    shares: Tensor

    def first(self, count: int) -> Answered:
        """Return the first rows of every network."""
        return Answered(self.inputs[:, :count], self.shares[:, :count])

    def repeated(self, times: int) -> Answered:
        """Return every network's rows so often, one after another."""
        return Answered(
            self.inputs.repeat_interleave(times, dim=0), self.shares.repeat_interleave(times, dim=0)
        )

    def answered_by(self, logits: Tensor) -> Answered:
        """Return the same inputs with the answers (n, b, k) of a teacher."""
        return Answered(self.inputs, logits.softmax(dim=-1))

    def missed(self, logits: Tensor) -> Tensor:
        """Return −Σ shares · ln p (n,), summed over rows, of answers (n, b, k)."""
        return -(self.shares * logits.log_softmax(dim=-1)).sum(dim=(1, 2))


def _ends(count: int, shares: dict[str, float], largest: int) -> np.ndarray:
    """Return where each of the parts of so many rows ends."""
    ends = (np.cumsum([shares[part] for part in PARTS]) * count).round().astype(int)
    if largest > ends[0]:
        raise DataError(
            f"neurons.distillation.rows: {largest} are more than the {ends[0]} of a teacher"
        )
    for part, size in zip(PARTS, np.diff(ends, prepend=0).tolist(), strict=True):
        if not size:
            raise DataError(
                f"neurons.distillation: {shares[part]:.2g} of {count} rows leave none "
                f"for {part.replace('_', ' ')}; change validation or data.held_out"
            )
    return np.asarray(ends)


def divided(
    rows: Rows, seeds: int, shares: dict[str, float], largest: int, seed: int
) -> dict[str, Answered]:
    """Return rows with their classes for each of S seeds: a teacher's, validation, held out.

    ``shares`` are those of ``PARTS``; no row is in two of them. Inputs are centred and divided by
    their root mean variance, both by the teacher's rows. Raises ``DataError`` if rows have no
    classes or are not finite, if a student wants more rows than a teacher has, or if a part has
    none.
    """
    if not rows.classified:
        raise DataError("distillation takes rows with classes: data.of: iris, digits, mnist, ecog")
    if not np.isfinite(rows.inputs).all():
        raise DataError("the inputs have NaN or infinite numbers: nothing can be distilled")
    ends = _ends(len(rows.inputs), shares, largest)
    orders = [generator(seed, "rows", one).permutation(len(rows.inputs)) for one in range(seeds)]
    inputs = np.stack([_scaled(rows.inputs, order[: ends[0]])[order] for order in orders])
    classes = torch.from_numpy(rows.wanted[np.stack(orders)].astype(np.int64))
    wanted = one_hot(classes, rows.outputs).float()
    whole = Answered(torch.from_numpy(inputs.astype(np.float32)), wanted)
    return dict(zip(PARTS, _cut(whole, ends.tolist()), strict=True))


def _cut(whole: Answered, ends: Sequence[int]) -> list[Answered]:
    """Return the rows up to each of the ends."""
    starts = [0, *ends[:-1]]
    return [
        Answered(whole.inputs[:, start:end], whole.shares[:, start:end])
        for start, end in zip(starts, ends, strict=True)
    ]


def _scaled(inputs: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return inputs (s, d) less their mean over the rows that are seen, in their deviation."""
    apart = inputs - inputs[seen].mean(axis=0)
    return apart / max(float((apart[seen] ** 2).mean() ** 0.5), 1e-12)

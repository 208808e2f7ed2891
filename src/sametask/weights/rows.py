"""Checkpoints as rows: what a predictor learns from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.populations.layout import LayerWeights
from sametask.populations.stored import StoredPopulation
from sametask.weights.questions import Networks, Question
from sametask.weights.symmetries import FLIPPED


@dataclass(frozen=True)
class Rows:
    """Checkpoints of some networks: inputs (r, q), and the true answers (r,).

    ``flips`` (r,): units of the network may change their signs.
    """

    inputs: Tensor
    wanted: Tensor
    flips: Tensor

    def __len__(self) -> int:
        return len(self.inputs)

    def some(self, places: Tensor) -> Rows:
        """Return the rows at these places."""
        return Rows(self.inputs[places], self.wanted[places], self.flips[places])


@dataclass(frozen=True)
class Lesson:
    """All that a predictor may know: rows to learn from and to choose by, and what is asked.

    ``classes`` is 0 if a number is asked. ``layers`` say where the weights stand, ``activations``
    are those that the population has, ``images`` (s, d) what its networks learned, if it is known.
    """

    learn: Rows
    choose: Rows
    classes: int
    layers: Sequence[LayerWeights]
    activations: Sequence[str]
    images: Tensor | None

    @property
    def outputs(self) -> int:
        """How many numbers a model has to put out: a score for each class, or one number."""
        return self.classes or 1


def flips_of(population: StoredPopulation) -> np.ndarray:
    """Return which networks (n,) have units that may change their signs.

    None, if nothing says their activation.
    """
    if "activation" not in population.classes:
        return np.zeros(len(population.split), bool)
    return np.isin(population.values("activation"), FLIPPED)


def placed(values: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return values (r, …) of the checkpoints that are ``there`` (n, E), as (n, E, …).

    All others are 0.
    """
    whole = np.zeros((*there.shape, *values.shape[1:]), values.dtype)
    whole[there] = values
    return whole


def of_rows(values: np.ndarray, there: np.ndarray) -> Tensor:
    """Return what is known of networks (n,), for each checkpoint that is ``there`` (n, E): (r,)."""
    return torch.from_numpy(np.broadcast_to(values[:, None], there.shape)[there])


def rows_of(
    inputs: np.ndarray, question: Question, flips: np.ndarray, networks: np.ndarray,
    taken: np.ndarray,
) -> Rows:  # fmt: skip
    """Return the checkpoints of some ``networks`` that are ``taken`` (n, E), as rows.

    ``inputs`` (n, E, q) are what is seen of every checkpoint.
    """
    chosen = taken[networks]
    network, checkpoint = networks[np.nonzero(chosen)[0]], np.nonzero(chosen)[1]
    wanted = question.values[network, checkpoint]
    kind = torch.long if question.classes else torch.float32
    return Rows(
        torch.from_numpy(np.ascontiguousarray(inputs[network, checkpoint], np.float32)),
        torch.from_numpy(np.ascontiguousarray(wanted)).to(kind),
        torch.from_numpy(flips[network]),
    )


def lesson(
    inputs: np.ndarray,
    question: Question,
    population: StoredPopulation,
    networks: Networks,
    images: Tensor | None,
) -> Lesson:
    """Return what is learned from: all judged checkpoints of the networks to learn from.

    ``DataError`` if there are none of them, or of those to choose by, or if all are of one class.
    """
    flips = flips_of(population)
    learn, choose = (
        rows_of(inputs, question, flips, some, question.counted)
        for some in (networks.learn, networks.choose)
    )
    if not (len(learn) and len(choose)):
        raise DataError(
            f"{population.store.path}: {len(learn)} checkpoints to learn from and {len(choose)} to "
            "choose by; the others are not there"
        )
    if question.classes and len(learn.wanted.unique()) < 2:
        raise DataError("all networks to learn from are of one class: there is nothing to tell")
    activations = population.classes.get("activation", [])
    return Lesson(learn, choose, len(question.classes), population.layers, activations, images)

"""What one network of dense layers is trained for, as a function of its flattened weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from sametask.populations.layout import LayerWeights
from sametask.weights.models import forward_dense


@dataclass(frozen=True)
class Sample:
    """Rows of r data sets: ``inputs`` (r, n, d), and ``wanted``, classes (r, n) or (r, n, k)."""

    inputs: Tensor
    wanted: Tensor

    @classmethod
    def of(cls, inputs: np.ndarray, wanted: np.ndarray) -> Sample:
        """Return one data set with inputs (n, d), in double precision."""
        answers = torch.from_numpy(np.asarray(wanted))
        answers = answers.double() if answers.dim() == 2 else answers.long()
        return cls(torch.from_numpy(np.asarray(inputs)).double()[None], answers[None])

    def chosen(self, sets: Tensor, rows: Tensor) -> Sample:
        """Return of data set ``sets[c]`` the rows ``rows[c]``, for (c,) and (c, b)."""
        return Sample(self.inputs[sets[:, None], rows], self.wanted[sets[:, None], rows])

    def at(self, rows: Tensor | slice) -> Sample:
        """Return the same rows of every data set."""
        return Sample(self.inputs[:, rows], self.wanted[:, rows])

    def one(self, place: int) -> Sample:
        """Return one data set."""
        return Sample(self.inputs[place, None], self.wanted[place, None])

    def __len__(self) -> int:
        """Rows of a data set."""
        return self.inputs.shape[1]


@dataclass(frozen=True)
class Objective:
    """The mean over rows of ½‖y − f(x)‖², or of the cross entropy, and ½ λ‖w‖².

    ``decay`` is λ. Weights are (r, P), one network for each of r data sets.
    """

    layers: Sequence[LayerWeights]
    activation: nn.Module
    classified: bool
    decay: float = 0.0

    def outputs(self, weights: Tensor, inputs: Tensor) -> Tensor:
        """Return the outputs (r, b, k) for inputs (r, b, d)."""
        return forward_dense(weights, self.layers, inputs, self.activation)

    def of_outputs(self, outputs: Tensor, wanted: Tensor) -> Tensor:
        """Return the loss (r, b) of each row, without decay."""
        if self.classified:
            return cross_entropy(outputs.movedim(-1, 1), wanted, reduction="none")
        return 0.5 * (outputs - wanted).square().sum(dim=-1)

    def losses(self, weights: Tensor, sample: Sample) -> Tensor:
        """Return the mean loss (r,) of each network on its own rows."""
        each = self.of_outputs(self.outputs(weights, sample.inputs), sample.wanted)
        return each.mean(dim=1) + 0.5 * self.decay * weights.square().sum(dim=1)

    def noise(self, weights: Tensor, sample: Sample) -> Tensor:
        """Return the variance (r,) of what is left of the outputs.

        The sum of squares is divided by the number of outputs of all rows less that of weights,
        where that is positive. Classes have no such variance: it is 1.
        """
        if self.classified:
            return torch.ones(len(weights), dtype=weights.dtype)
        left = (self.outputs(weights, sample.inputs) - sample.wanted).square().flatten(1)
        numbers, free = left.shape[1], left.shape[1] - weights.shape[1]
        return left.sum(dim=1) / (free if free > 0 else numbers)

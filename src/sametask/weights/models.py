"""Networks that read the weights of networks: (r, P) weights to (r, o) outputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.populations.layout import LayerWeights
from sametask.weights.attention import Encoder, Size
from sametask.weights.symmetries import HiddenUnits, hidden_units


def perceptron(widths: Sequence[int], dropout: float = 0.0) -> nn.Sequential:
    """Return linear layers between ``widths``, with GELU between them."""
    parts: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths)):
        if number:
            parts += [nn.GELU(), nn.Dropout(dropout)]
        parts.append(nn.Linear(inputs, outputs))
    return nn.Sequential(*parts)


class Standardised(nn.Module):
    """Subtract the mean of the rows that are learned from, and divide by their deviation."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, rows: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", rows.mean(dim=0))
        self.register_buffer("deviation", rows.std(dim=0).clamp_min(1e-6))

    def forward(self, rows: Tensor) -> Tensor:
        """Standardise rows (…, q)."""
        return (rows - self.mean) / self.deviation


class SetsOfUnits(nn.Module):
    """Deep sets of the hidden units (Zaheer et al. 2017): their order changes nothing.

    A token of a unit is all weights into and out of it. Each goes through the same network; mean
    and maximum over the units go through another.
    """

    def __init__(self, layers: Sequence[LayerWeights], width: int, outputs: int) -> None:
        super().__init__()
        self.hidden: list[HiddenUnits] = hidden_units(layers)
        self.each = nn.ModuleList(
            perceptron([units.both.shape[1], width, width]) for units in self.hidden
        )
        self.all = perceptron([2 * width * len(self.hidden), width, width, outputs])

    def forward(self, weights: Tensor) -> Tensor:
        """Read the weights."""
        pooled = []
        for units, each in zip(self.hidden, self.each, strict=True):
            tokens = each(units.tokens(weights))
            pooled += [tokens.mean(dim=1), tokens.amax(dim=1)]
        return self.all(torch.cat(pooled, dim=1))


class AttentionPredictor(nn.Module):
    """Attention over the tokens of a network; a learned token is read (AttnPred of the source)."""

    def __init__(
        self, layers: Sequence[LayerWeights], grouping: str, size: Size, outputs: int
    ) -> None:
        super().__init__()
        self.encoder = Encoder(layers, grouping, size, globals=1)
        self.last = nn.Linear(size.width, outputs)

    def forward(self, weights: Tensor) -> Tensor:
        """Read the weights."""
        return self.last(self.encoder(weights)[:, 0])


def forward_dense(
    weights: Tensor, layers: Sequence[LayerWeights], inputs: Tensor, activation: nn.Module
) -> Tensor:
    """Return the outputs (r, b, k) of dense networks with weights (r, P) for inputs (b, d).

    Raises ``DataError`` if a layer is a convolution.
    """
    rows = inputs.expand(len(weights), -1, -1)
    for depth, layer in enumerate(layers):
        if layer.kernel.shape[2] > 1:
            raise DataError(f"layer {depth} is a convolution: only dense networks can be probed")
        kernel = weights[:, torch.from_numpy(layer.kernel[..., 0])]
        rows = (activation(rows) if depth else rows) @ kernel.mT
        if layer.bias is not None:
            rows = rows + weights[:, torch.from_numpy(layer.biases[:, 0])][:, None]
    return rows


class Probes(nn.Module):
    """What a network answers to learned inputs (Kahana et al. 2024; Herrmann et al. 2024).

    The inputs (probes, d) are weights of this model. The answers of a network to them are
    probabilities of its classes, with each activation that the population has. All go through the
    same perceptron; a gate weighs what comes out by how well each activation suits the network. The
    weighted mean, and the scores of the gate, go through another. What leaves the function of a
    network as it is changes nothing.
    """

    def __init__(
        self,
        layers: Sequence[LayerWeights],
        activations: Sequence[nn.Module],
        probes: Tensor,
        width: int,
        outputs: int,
    ) -> None:
        super().__init__()
        self.layers, self.activations = layers, nn.ModuleList(activations)
        self.probes = nn.Parameter(probes.clone())
        answers, kinds = len(probes) * len(layers[-1].kernel), len(activations)
        self.each = perceptron([answers, width, width])
        self.gate = perceptron([kinds * width, width, kinds])
        self.all = perceptron([width + kinds, width, outputs])

    def forward(self, weights: Tensor) -> Tensor:
        """Read the weights."""
        answers = [
            forward_dense(weights, self.layers, self.probes, activation).softmax(dim=-1).flatten(1)
            for activation in self.activations
        ]
        read = self.each(torch.stack(answers, dim=1))
        scores = self.gate(read.flatten(1))
        mean = (scores.softmax(dim=1)[..., None] * read).sum(dim=1)
        return self.all(torch.cat([mean, scores], dim=1))

"""Many small perceptrons of one shape at once: stacked weights, one batched product per layer.

Members are independent of each other; they only get the same inputs in a step.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from itertools import islice, pairwise

import torch
from torch import Tensor, nn

from sametask.networks.nonlinearities import nonlinearity


class StackedPerceptron(nn.Module):
    """n perceptrons with the same ``widths`` and one activation for each hidden layer.

    Weights (n, fan_in, fan_out), drawn from N(0, gain² / fan_in), and biases (n, 1, fan_out).
    """

    def __init__(
        self, count: int, widths: Sequence[int], activations: Sequence[str], draw: torch.Generator
    ) -> None:
        super().__init__()
        self.activations = [nonlinearity(name) for name in activations]
        shapes = list(pairwise(widths))
        self.weights = nn.ParameterList(
            1.3 * fan_in**-0.5 * torch.randn(count, fan_in, fan_out, generator=draw)
            for fan_in, fan_out in shapes
        )
        self.biases = nn.ParameterList(
            0.3 * torch.randn(count, 1, fan_out, generator=draw) for _, fan_out in shapes
        )

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Return every layer's activations (n, b, width) for inputs (b, d), outputs last."""
        rows = inputs.expand(len(self.weights[0]), *inputs.shape)
        layers = []
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            rows = torch.baddbmm(bias, rows, weight)
            if depth < len(self.activations):
                rows = self.activations[depth](rows)
            layers.append(rows)
        return layers

    def member(self, index: int) -> nn.Sequential:
        """Return one perceptron as an ordinary module of linear layers and activations."""
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            linear = nn.utils.skip_init(nn.Linear, *weight.shape[1:], dtype=weight.dtype)
            linear.weight.data, linear.bias.data = weight.data[index].mT, bias.data[index, 0]
            layers[f"linear{depth}"] = linear
            if depth <= len(self.activations):
                layers[f"activation{depth}"] = self.activations[depth - 1]
        return nn.Sequential(layers)


def train_stacked(
    stack: StackedPerceptron,
    batches: Iterable[tuple[Tensor, Tensor]],
    steps: int,
    learning_rate: float,
) -> None:
    """Train all members at once, in float32, each on its own targets; leaves float64 weights.

    ``batches``, at least as many as steps, are inputs (b, d) for all members and targets (n, b, p).
    Adam minimises the sum of the members' mean square errors, so that members stay independent,
    with a one-cycle learning rate.
    """
    optimiser = torch.optim.Adam(stack.parameters(), lr=learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps)
    for inputs, targets in islice(batches, steps):
        loss = (stack(inputs)[-1] - targets).square().mean(dim=(1, 2)).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    stack.double().requires_grad_(False)

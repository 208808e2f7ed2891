"""Many small networks of one shape at once: stacked weights, one batched product per layer.

Members are independent of each other; they only get the same inputs in a step.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, max_pool2d

from sametask.networks.nonlinearities import nonlinearity

# Of every member (n,), from the outputs (n, b, p) of a batch and what the batch has beside inputs.
Loss = Callable[..., Tensor]


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
        """Return every layer's activations (n, b, width), outputs last.

        Inputs (b, d) are the same for all members, inputs (n, b, d) each member's own.
        """
        rows = inputs.expand(len(self.weights[0]), -1, -1)
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


class StackedConvolution(nn.Module):
    """n convolutional networks for square images of one channel, given as rows of pixels.

    Two convolutions with kernels of 3 × 3, each followed by the activation and the maximum of
    2 × 2 places, then a hidden layer and the outputs. Kernels (n, channels, channels before, 3, 3),
    weights (n, fan_in, fan_out); drawn as those of ``StackedPerceptron``.
    """

    def __init__(
        self,
        count: int,
        side: int,
        channels: Sequence[int],
        widths: Sequence[int],
        activation: str,
        draw: torch.Generator,
    ) -> None:
        super().__init__()
        self.side, self.activation = side, nonlinearity(activation)
        self.kernels = nn.ParameterList(
            1.3 * (9 * before) ** -0.5 * torch.randn(count, after, before, 3, 3, generator=draw)
            for before, after in pairwise([1, *channels])
        )
        pixels = (side // 2 ** len(channels)) ** 2
        self.dense = StackedPerceptron(count, [pixels * channels[-1], *widths], [activation], draw)

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Return the hidden layer and the outputs (n, b, width) for images (b, side²)."""
        count = len(self.kernels[0])
        images = inputs.reshape(-1, 1, self.side, self.side).expand(-1, count, -1, -1)
        for kernel in self.kernels:
            mixed = conv2d(images, kernel.flatten(0, 1), padding=1, groups=count)
            images = max_pool2d(self.activation(mixed), 2)
        return self.dense(images.reshape(len(inputs), count, -1).transpose(0, 1))


class StackedWeights(nn.Module):
    """n perceptrons without biases, from the weights (n, fan_out, fan_in) that they begin with."""

    def __init__(self, weights: Sequence[Tensor], activation: str) -> None:
        super().__init__()
        self.activation = nonlinearity(activation)
        self.weights = nn.ParameterList(weights)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the outputs (n, b, p) of all members for inputs (b, d)."""
        rows = inputs.expand(len(self.weights[0]), -1, -1)
        for depth, weight in enumerate(self.weights):
            rows = torch.bmm(self.activation(rows) if depth else rows, weight.mT)
        return rows

    def flattened(self) -> Tensor:
        """Return the weights (n, P) of every member: layer by layer, unit by unit."""
        return torch.cat([weight.detach().flatten(1) for weight in self.weights], dim=1)


def mean_square_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the mean square error (n,) of every member's outputs (n, b, p)."""
    return (outputs - targets).square().mean(dim=(1, 2))


def train_stacked(
    stack: nn.Module,
    batches: Iterable[tuple[Tensor, ...]],
    steps: int,
    learning_rate: float,
    loss: Loss = mean_square_error,
    weight_decay: float = 0.0,
) -> None:
    """Train all members at once, in float32, each on its own targets; leaves float64 weights.

    ``stack`` returns the layers of all members (n, b, width), outputs last. ``batches``, at least
    as many as steps, are inputs (b, d) for all members, and what ``loss`` takes beside the outputs,
    such as targets (n, b, p). AdamW minimises the sum of the members' losses, so that members stay
    independent, with a one-cycle learning rate.
    """
    optimiser = torch.optim.AdamW(stack.parameters(), lr=learning_rate, weight_decay=weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps)
    for inputs, *wanted in islice(batches, steps):
        total = loss(stack(inputs)[-1], *wanted).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        schedule.step()
    stack.double().requires_grad_(False)

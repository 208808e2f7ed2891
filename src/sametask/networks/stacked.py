"""Many small networks of one shape at once: stacked weights, one batched product per layer.

Members are independent of each other; they only get the same inputs in a step.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import islice, pairwise, zip_longest

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, cross_entropy, max_pool2d

from sametask.networks.nonlinearities import nonlinearity

# Of every member (n,), from the outputs (n, b, p) of a batch and what the batch has beside inputs.
Loss = Callable[..., Tensor]


def _flattened(kernels: Iterable[Tensor], biases: Iterable[Tensor]) -> Tensor:
    """Return weights (n, P) of kernels (n, fan_out, …), each before its biases, if any."""
    layers = zip_longest(kernels, biases)
    parts = [part.detach().flatten(1) for layer in layers for part in layer if part is not None]
    return torch.cat(parts, dim=1)


class StackedPerceptron(nn.Module):
    """n perceptrons of one shape, with one activation for each hidden layer.

    Weights (n, fan_in, fan_out) and biases (n, 1, fan_out) of every layer; no biases at all are an
    empty list. With as many activations as layers, the outputs have one too.
    """

    def __init__(
        self, weights: Iterable[Tensor], biases: Iterable[Tensor], activations: Iterable[str]
    ) -> None:
        super().__init__()
        self.weights, self.biases = nn.ParameterList(weights), nn.ParameterList(biases)
        self.activations = [nonlinearity(name) for name in activations]

    @classmethod
    def drawn(
        cls, count: int, widths: Sequence[int], activations: Iterable[str], draw: torch.Generator
    ) -> StackedPerceptron:
        """Return perceptrons with these ``widths``, input to output.

        Weights are from N(0, 1.3² / fan_in), biases from N(0, 0.3²).
        """
        shapes = list(pairwise(widths))
        weights = [
            1.3 * fan_in**-0.5 * torch.randn(count, fan_in, fan_out, generator=draw)
            for fan_in, fan_out in shapes
        ]
        biases = [0.3 * torch.randn(count, 1, fan_out, generator=draw) for _, fan_out in shapes]
        return cls(weights, biases, activations)

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Return every layer's activations (n, b, width), outputs last.

        Inputs (b, d) are the same for all members, inputs (n, b, d) each member's own.
        """
        rows = inputs.expand(len(self.weights[0]), -1, -1)
        layers = []
        for depth, weight in enumerate(self.weights):
            if self.biases:
                rows = torch.baddbmm(self.biases[depth], rows, weight)
            else:
                rows = torch.bmm(rows, weight)
            if depth < len(self.activations):
                rows = self.activations[depth](rows)
            layers.append(rows)
        return layers

    def flattened(self) -> Tensor:
        """Return the weights (n, P) of every member: layer by layer, unit by unit, biases last."""
        return _flattened([weight.mT for weight in self.weights], self.biases)

    def member(self, index: int) -> nn.Sequential:
        """Return one perceptron as an ordinary module of linear layers and activations."""
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        for depth, weight in enumerate(self.weights):
            shape, biased = weight.shape[1:], bool(self.biases)
            linear = nn.utils.skip_init(nn.Linear, *shape, bias=biased, dtype=weight.dtype)
            linear.weight.data = weight.data[index].mT
            if biased:
                linear.bias.data = self.biases[depth].data[index, 0]
            layers[f"linear{depth + 1}"] = linear
            if depth < len(self.activations):
                layers[f"activation{depth + 1}"] = self.activations[depth]
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
        self.dense = StackedPerceptron.drawn(
            count, [pixels * channels[-1], *widths], [activation], draw
        )

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Return the hidden layer and the outputs (n, b, width) for images (b, side²)."""
        count = len(self.kernels[0])
        images = inputs.reshape(-1, 1, self.side, self.side).expand(-1, count, -1, -1)
        for kernel in self.kernels:
            mixed = conv2d(images, kernel.flatten(0, 1), padding=1, groups=count)
            images = max_pool2d(self.activation(mixed), 2)
        return self.dense(images.reshape(len(inputs), count, -1).transpose(0, 1))


class StackedAverages(nn.Module):
    """n stacks of convolutions for square images of one channel, given as rows of pixels.

    Kernels (n, channels, channels before, h, w) and biases (n, channels) of every convolution. The
    images are not padded. The activation follows each convolution, and at the end the average of
    every channel over all places.
    """

    def __init__(
        self, kernels: Iterable[Tensor], biases: Iterable[Tensor], side: int, activation: str
    ) -> None:
        super().__init__()
        self.kernels, self.biases = nn.ParameterList(kernels), nn.ParameterList(biases)
        self.side, self.activation = side, nonlinearity(activation)

    def forward(self, inputs: Tensor) -> list[Tensor]:
        """Return what follows every convolution, and the averages (n, b, channels).

        The first are (n, b, channels, height, width). The images (b, side²) are the same for all
        members.
        """
        count, layers = len(self.kernels[0]), []
        images = inputs.reshape(-1, 1, self.side, self.side)
        for kernel, bias in zip(self.kernels, self.biases, strict=True):
            # One group at first, when all members see the same channel; then one for each member.
            groups = images.shape[1] // kernel.shape[2]
            mixed = conv2d(images, kernel.flatten(0, 1), bias.flatten(), groups=groups)
            images = self.activation(mixed)
            layers.append(images.unflatten(1, (count, -1)).transpose(0, 1))
        return [*layers, layers[-1].mean(dim=(3, 4))]

    def flattened(self) -> Tensor:
        """Return the weights (n, P) of every member: layer by layer, unit by unit, biases last."""
        return _flattened(self.kernels, self.biases)


def mean_square_error(outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the mean square error (n,) of every member's outputs (n, b, p)."""
    return (outputs - targets).square().mean(dim=(1, 2))


def cross_entropies(scores: Tensor, classes: Tensor) -> Tensor:
    """Return the cross entropy (n, b) of every row of every member's scores (n, b, k).

    The numbers of classes (b,) are the same for all members, or (n, b) each member's own.
    """
    wanted = classes.expand(scores.shape[:2])
    return cross_entropy(scores.transpose(1, 2), wanted, reduction="none")


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

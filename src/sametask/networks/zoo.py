"""The project's own small networks, with layers named for what they do."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

from torch import nn


def mlp(widths: list[int]) -> nn.Sequential:
    """Return a perceptron of linear layers with tanh between them.

    Images are flattened first. The layers are ``linear1``, ``tanh1``, …, ``output``; the
    thesis's scalar networks are ``widths=[1, 1, 1]`` and ``[1, 8, 8, 8, 1]``.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    for depth, (fan_in, fan_out) in enumerate(pairwise(widths[:-1]), 1):
        layers[f"linear{depth}"] = nn.Linear(fan_in, fan_out)
        layers[f"tanh{depth}"] = nn.Tanh()
    layers["output"] = nn.Linear(widths[-2], widths[-1])
    return nn.Sequential(layers)


def cnn(size: int, channels: list[int], features: int, classes: int) -> nn.Sequential:
    """Return a convolutional classifier of square grey images of ``size`` pixels a side.

    3 × 3 convolutions with tanh (``conv1``, ``tanh1``, …), one average pooling by two
    (``pool``), a linear layer with tanh (``features``), and the classifier (``output``).
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for depth, (fan_in, fan_out) in enumerate(pairwise([1, *channels]), 1):
        layers[f"conv{depth}"] = nn.Conv2d(fan_in, fan_out, 3, padding=1)
        layers[f"tanh{depth}"] = nn.Tanh()
    layers["pool"] = nn.AvgPool2d(2)
    layers["flatten"] = nn.Flatten()
    layers["linear"] = nn.Linear(channels[-1] * (size // 2) ** 2, features)
    layers["features"] = nn.Tanh()
    layers["output"] = nn.Linear(features, classes)
    return nn.Sequential(layers)

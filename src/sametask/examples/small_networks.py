"""Small networks of the project, with layers named by their function."""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

from torch import nn

from sametask.networks.nonlinearities import nonlinearity


def mlp(widths: list[int], activation: str = "tanh") -> nn.Sequential:
    """Return a perceptron of linear layers with one activation between them.

    Images are flattened first. The layers are ``linear1``, ``tanh1``, … (or another activation's
    name), ``output``; the thesis's scalar networks have ``widths`` [1, 1, 1] and [1, 8, 8, 8, 1].
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    for depth, (fan_in, fan_out) in enumerate(pairwise(widths[:-1]), 1):
        layers[f"linear{depth}"] = nn.Linear(fan_in, fan_out)
        layers[f"{activation}{depth}"] = nonlinearity(activation)
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


def autoencoder(
    size: int, channels: list[int], code: int, stride: int = 2, activation: str = "silu"
) -> nn.Sequential:
    """Return a convolutional autoencoder of square grey images of ``size`` pixels a side.

    Convolutions of a kernel twice as wide as their even ``stride`` (``down1``, …), each with the
    activation, a linear layer (``code``), and the same way back by transposed convolutions
    (``up1``, …); the last one, ``output``, is linear. ``size`` is a multiple of the stride to the
    number of ``channels``.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    side, deepest = size // stride ** len(channels), channels[-1]
    sampling = 2 * stride, stride, stride // 2  # kernel, stride, padding
    for depth, (fan_in, fan_out) in enumerate(pairwise([1, *channels]), 1):
        layers[f"down{depth}"] = nn.Conv2d(fan_in, fan_out, *sampling)
        layers[f"{activation}{depth}"] = nonlinearity(activation)
    layers["flatten"] = nn.Flatten()
    layers["code"] = nn.Linear(deepest * side**2, code)
    layers["expand"] = nn.Linear(code, deepest * side**2)
    layers["unflatten"] = nn.Unflatten(1, (deepest, side, side))
    back = list(pairwise([*channels[::-1], 1]))
    for depth, (fan_in, fan_out) in enumerate(back, 1):
        layers[f"{activation}_up{depth}"] = nonlinearity(activation)
        name = "output" if depth == len(back) else f"up{depth}"
        layers[name] = nn.ConvTranspose2d(fan_in, fan_out, *sampling)
    return nn.Sequential(layers)

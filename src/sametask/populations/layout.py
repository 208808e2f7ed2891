"""Where the weights of each layer and unit stand among those of a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np

from sametask.base.errors import StoreError

# The axes of a kernel: the units of its layer, the units before, the places of a convolution.
AXES = ("out", "in", "place")


@dataclass(frozen=True)
class LayerWeights:
    """The weights of a layer: a kernel from ``start``, and biases from ``bias`` if it has some.

    The kernel has three ``axes``, those of ``AXES`` in the order in which the numbers stand, and
    their sizes ``shape``. A dense layer has one place, and so has a pooled one.
    """

    start: int
    shape: tuple[int, int, int]
    axes: tuple[str, ...] = AXES
    bias: int | None = None

    @property
    def kernel(self) -> np.ndarray:
        """The places (units, inputs, places) of the kernel's numbers among the weights."""
        stand = self.start + np.arange(np.prod(self.shape)).reshape(self.shape)
        return stand.transpose([self.axes.index(axis) for axis in AXES])

    @property
    def biases(self) -> np.ndarray:
        """The places (units, 0 or 1) of the biases among the weights."""
        units = len(self.kernel)
        if self.bias is None:
            return np.zeros((units, 0), int)
        return self.bias + np.arange(units)[:, None]

    @property
    def of_units(self) -> np.ndarray:
        """The places (units, q) of the weights into each unit; the bias comes last."""
        kernel = self.kernel
        return np.concatenate([kernel.reshape(len(kernel), -1), self.biases], axis=1)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> LayerWeights:
        """Return what ``plain`` has made JSON values of."""
        return cls(plain["start"], tuple(plain["shape"]), tuple(plain["axes"]), plain["bias"])

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "start": self.start,
            "shape": list(self.shape),
            "axes": list(self.axes),
            "bias": self.bias,
        }


def dense_layers(widths: Sequence[int]) -> list[LayerWeights]:
    """Return dense layers without biases between ``widths``, one after another."""
    layers, start = [], 0
    for inputs, units in pairwise(widths):
        layers.append(LayerWeights(start, (units, inputs, 1)))
        start += units * inputs
    return layers


def biased_layers(widths: Sequence[int]) -> list[LayerWeights]:
    """Return dense layers between ``widths``, each before its biases."""
    return convolutions(widths[:-1], 1, widths[-1])


def convolutions(channels: Sequence[int], places: int, outputs: int) -> list[LayerWeights]:
    """Return convolutions between ``channels``, then a dense layer, each before its biases.

    A kernel has so many ``places`` for each pair of channels.
    """
    layers: list[LayerWeights] = []
    start = 0
    for inputs, units in pairwise([*channels, outputs]):
        dense = len(layers) == len(channels) - 1
        shape = (units, inputs, 1 if dense else places)
        layers.append(LayerWeights(start, shape, bias=start + prod(shape)))
        start += prod(shape) + units
    return layers


def read_layers(plain: Sequence[Mapping[str, Any]], weights: int) -> list[LayerWeights]:
    """Return the layers that a store names, from the first to the last.

    ``StoreError`` unless every one of the ``weights`` is in one of them, and each has as many
    inputs as the one before has units.
    """
    layers = [LayerWeights.of(one) for one in plain]
    places = np.concatenate([layer.of_units.ravel() for layer in layers])
    if not np.array_equal(np.sort(places), np.arange(weights)):
        raise StoreError(
            f"the layers have {len(places)} weights, {len(np.unique(places))} of them different, "
            f"but a network has {weights}"
        )
    for number, (before, after) in enumerate(pairwise(layers), 1):
        units, inputs = len(before.kernel), after.kernel.shape[1]
        if units != inputs:
            raise StoreError(
                f"layer {number} has {inputs} inputs, but layer {number - 1} has {units} units"
            )
    return layers

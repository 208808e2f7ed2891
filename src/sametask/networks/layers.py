"""The layers of a network: their names and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.networks.calls import forward, layers_of, watching
from sametask.networks.given import Given
from sametask.networks.outputs import leading_tensor
from sametask.networks.places import place_name
from sametask.networks.precision import floating_tensor

# Inputs in the pass that finds layers: a number by which to know the batch axis of an output.
TRIED = 17


@dataclass(frozen=True)
class LayerInfo:
    """The name of a layer, or of one of its calls; its class; its output's shape without batch."""

    name: str
    kind: str
    shape: tuple[int, ...]

    @property
    def neurons(self) -> int:
        """The number of neurons: the product of the output's axes."""
        return int(torch.Size(self.shape).numel())


def all_outputs(network: nn.Module, given: Given) -> list[tuple[str, nn.Module, Tensor]]:
    """Return every call of a layer with an output of real numbers, in the order in which they run.

    Each call has its name, its module, and its output in one forward pass without gradients.
    """
    calls: list[tuple[nn.Module, int, Tensor]] = []
    layers = layers_of(network)

    def note(module: nn.Module, number: int, output: object, takes_in: bool) -> None:
        if takes_in:
            return
        with suppress(NetworkError):
            calls.append((module, number, leading_tensor(layers[module], output).clone()))

    with torch.no_grad(), watching(layers, note) as runs:
        forward(network, given)
    return [
        (place_name(layers[module], number, runs[module]), module, output)
        for module, number, output in calls
    ]


def list_layers(network: nn.Module, input_shape: Sequence[int]) -> list[LayerInfo]:
    """Return every call of a layer that can be measured, in the order in which they run.

    ``input_shape`` has no batch axis; one forward pass of zeros finds the shapes. Raises
    ``NetworkError`` if the network does not accept such an input, or has no such layer.
    """
    like = floating_tensor(network)
    dtype = torch.get_default_dtype() if like is None else like.dtype
    listed = []
    for name, module, output in all_outputs(network, torch.zeros(TRIED, *input_shape, dtype=dtype)):
        shape = list(output.shape)
        if TRIED in shape:  # the first axis, or the second after time
            shape.remove(TRIED)
        listed.append(LayerInfo(name, type(module).__name__, tuple(shape)))
    if not listed:
        raise NetworkError("has no layer that can be measured: no module in it puts out a tensor")
    return listed

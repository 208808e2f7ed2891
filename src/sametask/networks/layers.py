"""The layers of a network: their names and what they put out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.networks.calls import call_name, forward, layers_of, watching
from sametask.networks.outputs import leading_tensor
from sametask.networks.precision import floating_tensor

# Inputs in the pass that finds layers; as an axis of an output this can only be the batch.
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


def all_outputs(network: nn.Module, inputs: Tensor) -> list[tuple[str, nn.Module, Tensor]]:
    """Return every call of a layer that puts out real numbers, in the order in which they run.

    Each has its name, its module, and what it puts out in one forward pass without gradients.
    """
    found: list[tuple[nn.Module, int, Tensor]] = []
    layers = layers_of(network)

    def note(module: nn.Module, number: int, output: object) -> None:
        with suppress(NetworkError):
            found.append((module, number, leading_tensor(layers[module], output).clone()))

    with torch.no_grad(), watching(layers, note) as runs:
        forward(network, inputs)
    return [
        (call_name(layers[module], number, runs[module]), module, output)
        for module, number, output in found
    ]


def list_layers(network: nn.Module, input_shape: Sequence[int]) -> list[LayerInfo]:
    """Return every call of a layer that can be measured, in the order in which they run.

    ``input_shape`` has no batch axis; one forward pass of zeros finds the shapes. Raises
    ``NetworkError`` if the network does not accept such an input, or has no such layer.
    """
    like = floating_tensor(network)
    dtype = torch.get_default_dtype() if like is None else like.dtype
    found = []
    for name, module, output in all_outputs(network, torch.zeros(TRIED, *input_shape, dtype=dtype)):
        shape = list(output.shape)
        if TRIED in shape:  # first of all, or second behind time
            shape.remove(TRIED)
        found.append(LayerInfo(name, type(module).__name__, tuple(shape)))
    if not found:
        raise NetworkError("has no layer that can be measured: no module in it puts out a tensor")
    return found

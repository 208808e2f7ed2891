"""The layers of a network: their names and what they put out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from sametask.errors import NetworkError, nearest, reason


@dataclass(frozen=True)
class LayerInfo:
    """A layer's name, its class, and the shape of its output without the batch axis."""

    name: str
    kind: str
    shape: tuple[int, ...]

    @property
    def neurons(self) -> int:
        """The number of neurons: the product of the output's axes."""
        return int(torch.Size(self.shape).numel())


def layer(network: nn.Module, name: str) -> nn.Module:
    """Return the layer of that name; ``NetworkError`` lists the near names if there is none."""
    layers = dict(network.named_modules())
    layers.pop("")
    if name not in layers:
        raise NetworkError(f"no layer {name!r}; {nearest(name, layers)}")
    return layers[name]


def list_layers(network: nn.Module, input_shape: Sequence[int]) -> list[LayerInfo]:
    """Return every layer that puts out one tensor, in the order in which they first run.

    ``input_shape`` has no batch axis; one forward pass of zeros finds the shapes. Raises
    ``NetworkError`` if the network does not accept such an input.
    """
    found: dict[str, LayerInfo] = {}
    names = {module: name for name, module in network.named_modules() if name}

    def note(module: nn.Module, _: tuple, output: object) -> None:
        if isinstance(output, torch.Tensor):
            name = names[module]
            found.setdefault(name, LayerInfo(name, type(module).__name__, tuple(output.shape[1:])))

    handles = [module.register_forward_hook(note) for module in names]
    dtype = next((weight.dtype for weight in network.parameters()), torch.get_default_dtype())
    try:
        with torch.no_grad():
            network(torch.zeros(2, *input_shape, dtype=dtype))
    except Exception as error:
        raise NetworkError(
            f"does not accept inputs of shape {tuple(input_shape)}: {reason(error)}"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    return list(found.values())

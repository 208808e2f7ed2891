"""The layers of a network: their names and what they put out."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from sametask.errors import NetworkError, nearest, reason
from sametask.networks.precision import floating_tensor

# Inputs in the pass that finds layers; as an axis of an output this can only be the batch.
TRIED = 17


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


def leading_tensor(name: str, output: object) -> Tensor:
    """Return what is measured of a layer's output: itself, or the first tensor of a tuple.

    Recurrent layers put out their outputs and then their states, attention its outputs and then
    its weights. Raises ``NetworkError`` for anything else, packed sequences among it.
    """
    leading = output[0] if isinstance(output, tuple | list) and output else output
    packed = isinstance(output, PackedSequence)
    if packed or not isinstance(leading, Tensor):
        kind = type(output if packed else leading).__name__
        raise NetworkError(f"layer {name!r} puts out a {kind}, not a tensor or a tuple of them")
    return leading


def with_leading(output: object, replacement: Tensor) -> object:
    """Return a layer's output with ``leading_tensor`` replaced; what stands behind it stays."""
    if isinstance(output, Tensor):
        return replacement
    make = getattr(output, "_make", type(output))  # of a named tuple, or of a plain one
    return make((replacement, *output[1:]))


def list_layers(network: nn.Module, input_shape: Sequence[int]) -> list[LayerInfo]:
    """Return every layer that can be measured, in the order in which they first run.

    ``input_shape`` has no batch axis; one forward pass of zeros finds the shapes. Raises
    ``NetworkError`` if the network does not accept such an input.
    """
    found: dict[str, LayerInfo] = {}
    names = {module: name for name, module in network.named_modules() if name}

    def note(module: nn.Module, _: tuple, output: object) -> None:
        name, kind = names[module], type(module).__name__
        with suppress(NetworkError):
            shape = list(leading_tensor(name, output).shape)
            if TRIED in shape:  # first of all, or second behind time
                shape.remove(TRIED)
            found.setdefault(name, LayerInfo(name, kind, tuple(shape)))

    handles = [module.register_forward_hook(note) for module in names]
    like = floating_tensor(network)
    dtype = torch.get_default_dtype() if like is None else like.dtype
    try:
        with torch.no_grad():
            network(torch.zeros(TRIED, *input_shape, dtype=dtype))
    except Exception as error:
        raise NetworkError(
            f"does not accept inputs of shape {tuple(input_shape)}: {reason(error)}"
        ) from error
    finally:
        for handle in handles:
            handle.remove()
    return list(found.values())

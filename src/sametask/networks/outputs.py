"""The output of a layer, and the tensor of it that is measured."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from sametask.base.errors import NetworkError


def not_real(tensor: Tensor) -> str | None:
    """Return why a tensor holds no real numbers, or ``None`` if it holds real numbers."""
    if tensor.is_meta:
        return "a tensor on the meta device, which holds no numbers"
    if tensor.is_nested or tensor.layout != torch.strided:
        return "a sparse or nested tensor"
    if not tensor.dtype.is_floating_point or torch.finfo(tensor.dtype).bits < 16:
        kind = str(tensor.dtype).removeprefix("torch.")
        return f"{kind}, not real numbers of 16 bits or more"
    return None


def leading_tensor(name: str, output: object) -> Tensor:
    """Return the measured tensor of a layer's output: the output itself, or the first of a tuple.

    Recurrent layers return their outputs and then their states; attention returns its outputs and
    then its weights. Raises ``NetworkError`` for anything else, also for packed sequences, and for
    a tensor without real numbers.
    """
    leading = output[0] if isinstance(output, tuple | list) and output else output
    packed = isinstance(output, PackedSequence)
    if packed or not isinstance(leading, Tensor):
        kind = type(output if packed else leading).__name__
        raise NetworkError(f"layer {name!r} puts out a {kind}, not a tensor or a tuple of them")
    if wrong := not_real(leading):
        raise NetworkError(f"layer {name!r} puts out {wrong}; measure another layer")
    return leading


def with_leading(output: Any, replacement: Tensor) -> Any:
    """Return a layer's output with ``leading_tensor`` replaced, and the rest unchanged."""
    if isinstance(output, Tensor):
        return replacement
    make = getattr(output, "_make", type(output))  # for a named tuple, or a plain one
    return make((replacement, *output[1:]))

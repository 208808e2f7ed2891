"""The precision of a network: of its weights, and of its passes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError, nearest

# Precisions in which a network can be measured.
PRECISIONS = {"float32": torch.float32, "float64": torch.float64}

KINDS = {
    "floating": (torch.float16, torch.bfloat16, torch.float32, torch.float64),
    "complex": (torch.complex64, torch.complex128),
    "integer": (
        torch.uint8, torch.uint16, torch.uint32, torch.uint64,
        torch.int8, torch.int16, torch.int32, torch.int64,
    ),
    "boolean": (torch.bool,),
}  # fmt: skip


def name_of(dtype: torch.dtype) -> str:
    """Return ``float32`` of ``torch.float32``."""
    return str(dtype).removeprefix("torch.")


def kind_of(dtype: torch.dtype) -> str | None:
    """Return whether numbers are floating, complex, integer or boolean.

    ``None`` for quantised numbers and floats of 8 bits or fewer, whose scale is stored elsewhere.
    """
    return next((kind for kind, dtypes in KINDS.items() if dtype in dtypes), None)


def with_precision(network: nn.Module, dtype: str | torch.dtype) -> nn.Module:
    """Convert a network to ``float32`` or ``float64``, in place, and return it.

    Real numbers become ``dtype``, complex numbers the complex type with such parts;
    ``Module.to(dtype)`` would drop imaginary parts. Integers and truth values stay. Raises
    ``NetworkError`` for another precision.
    """
    name = dtype if isinstance(dtype, str) else name_of(dtype)
    if name not in PRECISIONS:
        raise NetworkError(f"dtype: {name!r}; {nearest(name, PRECISIONS)}")
    return network._apply(lambda tensor: in_precision(tensor, PRECISIONS[name]))


def in_precision(tensor: Tensor, real: torch.dtype) -> Tensor:
    """Return real numbers as ``real``, complex ones with such parts, and others unchanged."""
    if tensor.is_complex():
        return tensor.to(real.to_complex())
    return tensor.to(real) if tensor.is_floating_point() else tensor


def floating_tensor(network: nn.Module) -> Tensor | None:
    """Return a tensor with the precision and the device of a network's passes, or ``None``.

    It is the real part of the first floating or complex parameter or buffer.
    """
    for tensor in chain(network.parameters(), network.buffers()):
        if kind_of(tensor.dtype) in ("floating", "complex"):
            return tensor.real
    return None


def narrow(tensors: Iterable[Tensor]) -> list[str]:
    """Return the precisions of tensors that are below float32, in which nothing is measured."""
    return sorted(
        {name_of(tensor.dtype) for tensor in tensors if tensor.dtype in KINDS["floating"][:2]}
    )


def widest(tensors: Iterable[Tensor]) -> str:
    """Return the smaller of float32 and float64 in which no digit of the tensors is lost."""
    double = any(tensor.dtype in (torch.float64, torch.complex128) for tensor in tensors)
    return "float64" if double else "float32"

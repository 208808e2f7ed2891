"""Build a network by its factory, and refuse a network that cannot be measured."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from sametask.base.errors import NetworkError, quoted
from sametask.base.references import resolve, users_code
from sametask.base.seeding import unfilled_is_nan
from sametask.networks.precision import kind_of, name_of


def build(factory: str | Callable[..., nn.Module], arguments: Mapping[str, Any]) -> nn.Module:
    """Call the factory, a function or ``package.module:function``, and return its network.

    Values that the factory leaves uninitialised are NaN. Raises ``NetworkError`` if the factory is
    not found, does not take these arguments, ends the program, or returns no network that
    ``require_measurable`` accepts.
    """
    if isinstance(factory, str):
        name, function = factory, resolve(factory)
    else:
        name, function = getattr(factory, "__qualname__", type(factory).__name__), factory
    with users_code(f"{name} with {quoted(dict(arguments))}"), unfilled_is_nan():
        # A copy: a factory that changes its arguments must not affect its next call.
        network = function(**copy.deepcopy(dict(arguments)))
        if isinstance(network, nn.Module):
            network.eval()
    require_measurable(name, network)
    return network


def require_measurable(name: str, network: object) -> None:
    """Raise ``NetworkError`` if the factory ``name`` returned no network that can be measured."""
    if not isinstance(network, nn.Module):
        raise NetworkError(f"{name}: returned {type(network).__name__}, not a torch.nn.Module")
    kind = type(network).__name__
    if isinstance(network, torch.jit.ScriptModule) or kind == "OptimizedModule":
        raise NetworkError(
            f"{name}: returned a network compiled by TorchScript or torch.compile ({kind}), whose "
            "layers cannot be recorded; return the torch.nn.Module that it was made from"
        )
    for key, tensor in chain(network.named_parameters(), network.named_buffers()):
        if is_lazy(tensor):
            raise NetworkError(
                f"{name}: {key!r} has no shape before a first input (a lazy layer); name its "
                "size, or run the network once in the factory"
            )
    for key, value in chain(network.state_dict().items(), network.named_buffers()):
        if fault := fault_of(value):
            raise NetworkError(f"{name}: {key!r} {fault}")


def fault_of(value: object) -> str | None:
    """Return why a value cannot be a weight, such as ``is a float``, or ``None``."""
    if not isinstance(value, Tensor):
        return f"is a {type(value).__name__}, not a tensor"
    if value.is_meta:
        return "has no values (it is on the device 'meta'); build the network on the processor"
    if value.is_quantized or kind_of(value.dtype) is None:
        return f"is {name_of(value.dtype)}: quantised weights are not supported; convert them first"
    if value.is_nested or value.layout is not torch.strided:
        return "is sparse or nested; valid: a dense tensor"
    return None


def require_initialised(name: str, network: nn.Module) -> None:
    """Raise ``NetworkError`` if ``build`` returned a network with uninitialised weights.

    A verdict compares untrained copies, whose weights are those of the factory.
    """
    for key, tensor in network.state_dict().items():
        if torch.isnan(tensor).any():
            raise NetworkError(
                f"{name}: leaves {key!r} without initial values (skip_init? torch.empty?), which "
                "the untrained copy of a network needs; initialise it in the factory"
            )

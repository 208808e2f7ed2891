"""Record or replace the outputs of named layers in one forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.networks.calls import Call, find_calls, forward, require_runs, watching
from sametask.networks.outputs import leading_tensor, with_leading


class _AllRecorded(BaseException):
    """Ends a pass after the last recorded call.

    Not an ``Exception``, which the code of a network may catch.
    """


@dataclass(frozen=True)
class Pass:
    """A forward pass: the outputs of the named layers, their runs, and the network's answer.

    ``runs`` has for each name the number of runs of its module.
    """

    outputs: dict[str, Tensor]
    runs: dict[str, int]
    answer: Any


def _watched(network: nn.Module, calls: Sequence[Call], inputs: Tensor, stops: bool) -> Pass:
    names = {call.place: call.name for call in calls}
    outputs: dict[str, Tensor] = {}
    answer = None

    def keep(module: nn.Module, number: int, output: object) -> None:
        if (module, number) in names:
            name = names[module, number]
            # A copy: later layers may change it in place, as rectifiers do.
            outputs[name] = leading_tensor(name, output).clone()
            if stops and len(outputs) == len(calls):
                raise _AllRecorded

    with watching((call.module for call in calls), keep) as runs:
        try:
            answer = forward(network, inputs)
        except _AllRecorded:
            return Pass(outputs, {}, None)
    require_runs(calls, runs)
    ordered = {call.name: outputs[call.name] for call in calls}
    return Pass(ordered, {call.name: runs[call.module] for call in calls}, answer)


def observe(network: nn.Module, layers: Sequence[str], inputs: Tensor) -> Pass:
    """Run a whole forward pass of inputs (n, …), and return outputs, runs and answer.

    Outputs keep the axes of the layers; for a layer with a tuple, it is the ``leading_tensor``.
    Raises ``NetworkError`` if a layer does not exist, does not run, runs more than once and is
    named without the number of a call (``act#2``), or puts out no real numbers.
    """
    return _watched(network, find_calls(network, layers), inputs, stops=False)


def record(network: nn.Module, layers: Sequence[str], inputs: Tensor) -> list[Tensor]:
    """Return the outputs of the named layers for inputs (n, …), as in ``observe``.

    If every name has the number of a call, such as ``act#1``, the pass stops after the last of
    them. A name without a number is valid only if the layer runs once, so that the whole pass is
    needed.
    """
    calls = find_calls(network, layers)
    stops = all(call.number is not None for call in calls)
    watched = _watched(network, calls, inputs, stops)
    return [watched.outputs[name] for name in layers]


def _fits(replacement: Tensor, original: Tensor, inputs: int) -> bool:
    """Return whether shapes are equal, but for one axis if there is a single input."""
    if replacement.ndim != original.ndim:
        return False
    pairs = zip(original.shape, replacement.shape, strict=True)
    other = [before for before, after in pairs if before != after]
    return not other or (inputs == 1 and other == [1])


def run_with_replaced(
    network: nn.Module, replacements: Mapping[str, Tensor], inputs: Tensor
) -> Tensor:
    """Return the network's output for inputs (n, …) with the named layers' outputs replaced.

    Later layers get the replacement, which has the axes of the layer; what bypasses the layers gets
    ``inputs``. If a layer runs several times, only the named call, such as ``act#2``, is replaced;
    in a tuple, the ``leading_tensor``. Gradients flow through the replacements. A single input may
    meet the replacements of many samples. Raises ``NetworkError`` for a replacement of another
    shape, and for a layer that does not run or runs more than once and is named without the number
    of a call.
    """
    calls = find_calls(network, replacements)
    names = {call.place: call.name for call in calls}

    def put(module: nn.Module, number: int, output: object) -> object:
        name = names.get((module, number))
        if name is None:
            return None
        original, replacement = leading_tensor(name, output), replacements[name]
        if not _fits(replacement, original, len(inputs)):
            raise NetworkError(
                f"layer {name!r} puts out {tuple(original.shape)}, its replacement has "
                f"{tuple(replacement.shape)}"
            )
        # A copy: later layers may work in place, and must not change the caller's tensor.
        return with_leading(output, replacement.to(original.dtype, copy=True))

    with watching((call.module for call in calls), put) as runs:
        answer: Any = forward(network, inputs)
    require_runs(calls, runs)
    return answer

"""Record or replace what named places of a network hold in one forward pass.

How places are named, such as ``act#2`` or ``head:input``, says ``networks.places``. A network is
given a tensor, or a mapping of tensors by keyword (``networks.given``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from sametask.base.errors import NetworkError
from sametask.networks.calls import forward
from sametask.networks.given import Given, count
from sametask.networks.outputs import Path, with_tensor
from sametask.networks.places import Place, find_places, require_runs, visiting


class _AllRecorded(BaseException):
    """Ends a pass after the last recorded place.

    Not an ``Exception``, which the code of a network may catch.
    """


@dataclass(frozen=True)
class Pass:
    """A forward pass: the tensors of the named places, their runs, and the network's answer.

    ``runs`` has for each name the number of runs of its module.
    """

    outputs: dict[str, Tensor]
    runs: dict[str, int]
    answer: Any


def _watched(network: nn.Module, places: Sequence[Place], given: Given, stops: bool) -> Pass:
    outputs: dict[str, Tensor] = {}
    answer = None

    def keep(place: Place, value: object, path: Path) -> None:
        # A copy: later layers may change it in place, as rectifiers do.
        outputs[place.name] = place.tensor(value, path).clone()
        if stops and len(outputs) == len(places):
            raise _AllRecorded

    with visiting(places, keep) as runs:
        try:
            answer = forward(network, given)
        except _AllRecorded:
            return Pass(outputs, {}, None)
    require_runs(places, runs)
    ordered = {place.name: outputs[place.name] for place in places}
    return Pass(ordered, {place.name: runs[place.module] for place in places}, answer)


def observe(network: nn.Module, layers: Sequence[str], given: Given) -> Pass:
    """Run a whole forward pass of n inputs, and return outputs, runs and answer.

    Outputs keep the axes of the layers. Raises ``NetworkError`` if a place does not exist, if its
    layer does not run, or runs more than once and is named without the number of a call
    (``act#2``), and if it holds no real numbers.
    """
    return _watched(network, find_places(network, layers), given, stops=False)


def record(network: nn.Module, layers: Sequence[str], given: Given) -> list[Tensor]:
    """Return the tensors of the named places for n inputs, as in ``observe``.

    If every name has the number of a call, such as ``act#1``, the pass stops after the last of
    them. A name without a number is valid only if the layer runs once, so that the whole pass is
    needed.
    """
    places = find_places(network, layers)
    stops = all(place.number is not None for place in places)
    watched = _watched(network, places, given, stops)
    return [watched.outputs[name] for name in layers]


def _fits(replacement: Tensor, original: Tensor, inputs: int) -> bool:
    """Return whether shapes are equal, but for one axis if there is a single input."""
    if replacement.ndim != original.ndim:
        return False
    pairs = zip(original.shape, replacement.shape, strict=True)
    other = [before for before, after in pairs if before != after]
    return not other or (inputs == 1 and other == [1])


def run_with_replaced(
    network: nn.Module, replacements: Mapping[str, Tensor], given: Given
) -> Tensor:
    """Return the network's answer to n inputs with the tensors of the named places replaced.

    Later layers get the replacement, which has the axes of the place; what bypasses the places gets
    ``given``. If a layer runs several times, only the named call, such as ``act#2``, is replaced,
    and of a tuple, mapping or dataclass only the place's tensor. What a layer takes in,
    ``head:input``, is replaced for that layer alone. Gradients flow through the replacements. A
    single input may meet the replacements of many samples. Raises ``NetworkError`` for a
    replacement of another shape, for a place that can be measured only, and as ``observe`` does.
    """
    inputs = count(given)

    def put(place: Place, value: object, path: Path) -> object:
        original, replacement = place.tensor(value, path), replacements[place.name]
        if not _fits(replacement, original, inputs):
            raise NetworkError(
                f"layer {place.name!r} has shape {tuple(original.shape)}, its replacement "
                f"{tuple(replacement.shape)}"
            )
        # A copy: later layers may work in place, and must not change the caller's tensor.
        copy = replacement.to(original.dtype, copy=True)
        return with_tensor(place.name, value, path, copy)

    places = find_places(network, replacements)
    with visiting(places, put) as runs:
        answer: Any = forward(network, given)
    require_runs(places, runs)
    return answer

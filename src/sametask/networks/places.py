"""The places of a network that can be measured: their names, and how to visit them in a pass.

A name is ``layer[#call][:part]``:

- ``act``: what the layer puts out; ``act#2``: in its second call, if it runs more than once;
- ``head:input``: what the layer takes in, its first positional tensor, or its first tensor by
  keyword;
- ``lstm:0``, ``encoder:last_hidden_state``, ``lstm:1:0``: one tensor of a tuple, by its number from
  0, of a mapping or a dataclass, by its field, or of one within another. Without a part, it is the
  first tensor (see ``outputs.leading_path``).

If the name of a layer itself looks like ``a#2`` or ``a:b``, the number of the call is needed:
``a:b#1``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from sametask.base.errors import NetworkError, nearest
from sametask.networks.calls import is_hidden, layers_of, times, watchable, watching
from sametask.networks.outputs import (
    PART,
    Path,
    input_path,
    joined,
    leading_path,
    part_of,
    real_tensor,
    tensor_at,
)

NAME = re.compile(rf"(?P<layer>.+?)(?:#(?P<number>[0-9]{{1,9}}))?(?P<parts>(?::{PART})*)")
# The part of a name that is what the layer takes in.
INPUT = "input"
# Largest number of calls that a message names in full.
SHOWN = 4

# Gets a place, what its module takes in or puts out, and the path of the place's tensor in it; the
# result, if it is not ``None``, replaces what the module takes in or puts out.
Visit = Callable[["Place", Any, Path], object]


@dataclass(frozen=True)
class Place:
    """A place: ``number`` counts calls from 1, and is ``None`` for the only one; ``path`` parts."""

    name: str
    layer: str
    module: nn.Module
    number: int | None
    path: Path

    @property
    def call(self) -> tuple[nn.Module, int]:
        """The module, and the number of the call in a pass."""
        return self.module, 1 if self.number is None else self.number

    @property
    def takes_in(self) -> bool:
        """Whether it is what the layer takes in."""
        return self.path == (INPUT,)

    def locate(self, value: Any) -> Path:
        """Return the path of the place's tensor in what its module takes in or puts out."""
        if not self.takes_in:
            return self.path or leading_path(value) or ()
        path = input_path(value)
        if path is None:
            raise NetworkError(f"layer {self.layer!r} takes in no tensor; measure another layer")
        return path

    def tensor(self, value: Any, path: Path) -> Tensor:
        """Return the place's tensor; ``NetworkError`` if it does not hold real numbers."""
        if not self.takes_in:
            return tensor_at(self.layer, value, path)
        return real_tensor(f"layer {self.layer!r} takes in", part_of(value, path))


def parsed(name: str) -> tuple[str, int | None, Path]:
    """Return the layer, the number of the call and the parts that a name consists of."""
    match = NAME.fullmatch(name)
    if match is None:
        return name, None, ()
    number = None if match["number"] is None else int(match["number"])
    return match["layer"], number, tuple(match["parts"].split(":")[1:])


def place_name(layer: str, number: int, runs: int, path: Path = ()) -> str:
    """Return the name of a place in call ``number`` of a layer that runs ``runs`` times a pass."""
    plain = runs == 1 and parsed(layer) == (layer, None, ())
    return joined(layer if plain else f"{layer}#{number}", path)


def numbered(name: str) -> str:
    """Return a name with the number of its call: a layer named without one runs once."""
    layer, number, path = parsed(name)
    return place_name(layer, number or 1, runs=2, path=path) if number is None else name


def told(name: str) -> str:
    """Return the beginning of a sentence: what the layer of this place puts out, or takes in."""
    return f"layer {name!r} {'takes in' if parsed(name)[2] == (INPUT,) else 'puts out'}"


def find_place(network: nn.Module, name: str) -> Place:
    """Return the place of this name; if there is none, ``NetworkError`` gives the nearest names.

    A module that is registered several times is found by its first name only. Whether a layer has
    such a part shows in a pass.
    """
    layer, number, path = parsed(name)
    known = dict(watchable(network))
    if layer not in known:
        if layer and is_hidden(network, layer):
            raise NetworkError(
                f"layer {layer!r} is in a compiled module (TorchScript or torch.compile), where "
                "layers cannot be observed; build the network without compiling it"
            )
        choices = [place_name(known_layer, 1, 1) for known_layer in known]
        near = nearest(name if name in known else layer, choices)
        raise NetworkError(f"no layer {layer!r}; {near}")
    first = layers_of(network)[known[layer]]
    if first != layer:
        raise NetworkError(
            f"layer {layer!r} is the same module as {first!r}; name its calls after that, as in "
            f"'{first}#1', counted in the order in which they run"
        )
    if path[:1] == (INPUT,) and len(path) > 1:
        raise NetworkError(f"no {name!r}: what a layer takes in is one tensor, '{layer}:{INPUT}'")
    return Place(name, layer, known[layer], number, path)


def find_places(network: nn.Module, names: Iterable[str]) -> list[Place]:
    """Return the places of these names; ``NetworkError`` if two names are the same place."""
    places = [find_place(network, name) for name in names]
    _require_distinct((place.call, place.path, place) for place in places)
    return places


def _require_distinct(marked: Iterable[tuple[object, Path, Place]]) -> None:
    """Raise ``NetworkError`` if two places have the same call and path."""
    seen: dict[tuple[object, Path], Place] = {}
    for call, path, place in marked:
        other = seen.setdefault((call, path), place)
        if other is not place:
            raise NetworkError(f"layers: {other.name!r} and {place.name!r} are the same place")


def visiting(places: Iterable[Place], visit: Visit) -> AbstractContextManager[Counter[nn.Module]]:
    """Call ``visit(place, value, path)`` at every place that a forward pass comes to.

    ``value`` is what its module puts out, or its positional and keyword arguments, and ``path`` the
    way to the place's tensor in it; a result that is not ``None`` replaces it. Yields a counter of
    the runs of each module.
    """
    groups: dict[tuple[tuple[nn.Module, int], bool], list[Place]] = {}
    for place in places:
        groups.setdefault((place.call, place.takes_in), []).append(place)

    def note(module: nn.Module, number: int, value: Any, takes_in: bool) -> Any:
        found = [
            (place, place.locate(value)) for place in groups.get(((module, number), takes_in), ())
        ]
        _require_distinct((module, path, place) for place, path in found)
        for place, path in found:
            changed = visit(place, value, path)
            value = value if changed is None else changed
        return value if found else None

    return watching({module for (module, _), _ in groups}, note)


def require_runs(places: Iterable[Place], runs: Mapping[nn.Module, int]) -> None:
    """Raise ``NetworkError`` for calls that do not exist in a pass with these ``runs`` of modules.

    A name without a number is valid only if the layer runs once, so that its meaning is clear.
    """
    for place in places:
        count, layer = runs[place.module], place.layer
        if not count:
            raise NetworkError(f"layer {layer!r} does not run in a forward pass")
        subject = f"layer {layer!r} runs {times(count)} in a pass"
        numbers = range(1, count + 1) if count <= SHOWN else (1, 2, count)
        valid = [place_name(layer, number, runs=2, path=place.path) for number in numbers]
        if place.number is None and count > 1:
            shown = ", ".join(map(repr, valid))
            raise NetworkError(f"{subject}: name the call to measure, one of {shown}")
        if not 1 <= place.call[1] <= count:
            near = valid[0] if place.call[1] < 1 else valid[-1]
            raise NetworkError(
                f"{subject}, so that there is no {place.name!r}; did you mean {near!r}?"
            )

"""The calls of a network's layers in one forward pass: their names, and how to observe them.

If a layer runs once in a pass, its call has the name of the layer, ``act``. If it runs more than
once, such as an activation function that is used in several places, its calls are ``act#1``,
``act#2``, … in the order in which they run.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sametask.base.errors import NetworkError, SametaskError, nearest, reason

NUMBERED = re.compile(r"(.+)#([0-9]{1,9})")
# Largest number of calls that a message names in full.
SHOWN = 4


@dataclass(frozen=True)
class Call:
    """One call of a layer: ``number`` counts from 1, and is ``None`` for the only call."""

    name: str
    layer: str
    module: nn.Module
    number: int | None

    @property
    def place(self) -> tuple[nn.Module, int]:
        """The module, and the number of the call in a pass."""
        return self.module, 1 if self.number is None else self.number


def call_name(layer: str, number: int, runs: int) -> str:
    """Return the name of call ``number`` of a layer that runs ``runs`` times in a pass."""
    plain = runs == 1 and not NUMBERED.fullmatch(layer)
    return layer if plain else f"{layer}#{number}"


def _compiled(module: nn.Module) -> bool:
    """Return whether a module is compiled, so that hooks inside it are not called."""
    return (
        isinstance(module, torch.jit.ScriptModule)
        or hasattr(module, "_orig_mod")  # what torch.compile returns
        or getattr(module, "_compiled_call_impl", None) is not None  # module.compile()
    )


def watchable(network: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """Yield the names and layers of a network, without compiled modules and their contents.

    A module that is registered several times occurs under each of its names.
    """
    hidden: list[str] = []
    for name, module in network.named_modules(remove_duplicate=False):
        if any(name.startswith(compiled) for compiled in hidden):
            continue
        if _compiled(module):
            hidden.append(f"{name}." if name else "")
        elif name:
            yield name, module


def layers_of(network: nn.Module) -> dict[nn.Module, str]:
    """Return the layers that can be observed, each with its first name."""
    names: dict[nn.Module, str] = {}
    for name, module in watchable(network):
        names.setdefault(module, name)
    return names


def find_call(network: nn.Module, name: str) -> Call:
    """Return the call of this name; if there is none, ``NetworkError`` gives the nearest names.

    A module that is registered several times is found by its first name only.
    """
    numbered = NUMBERED.fullmatch(name)
    layer, number = (numbered[1], int(numbered[2])) if numbered else (name, None)
    known = dict(watchable(network))
    if layer not in known:
        if layer and (_compiled(network) or layer in dict(network.named_modules())):
            raise NetworkError(
                f"layer {layer!r} is in a compiled module (TorchScript or torch.compile), where "
                "layers cannot be observed; build the network without compiling it"
            )
        raise NetworkError(f"no layer {layer!r}; {nearest(layer, known)}")
    first = layers_of(network)[known[layer]]
    if first != layer:
        raise NetworkError(
            f"layer {layer!r} is the same module as {first!r}; name its calls after that, as in "
            f"'{first}#1', counted in the order in which they run"
        )
    return Call(name, layer, known[layer], number)


def find_calls(network: nn.Module, names: Iterable[str]) -> list[Call]:
    """Return the calls of these names; ``NetworkError`` if two names are the same call."""
    calls: dict[tuple[nn.Module, int], Call] = {}
    for name in names:
        call = find_call(network, name)
        if call.place in calls:
            raise NetworkError(f"layers: {calls[call.place].name!r} and {name!r} are the same call")
        calls[call.place] = call
    return list(calls.values())


@contextmanager
def watching(
    modules: Iterable[nn.Module], note: Callable[[nn.Module, int, object], object]
) -> Iterator[Counter[nn.Module]]:
    """Call ``note(module, number, output)`` after every run of these modules in a forward pass.

    ``number`` counts the runs of a module from 1. If ``note`` does not return ``None``, its result
    replaces the output. Yields a counter of the runs of each module.
    """
    runs: Counter[nn.Module] = Counter()

    def hook(module: nn.Module, _: tuple, output: object) -> object:
        runs[module] += 1
        return note(module, runs[module], output)

    handles = [module.register_forward_hook(hook) for module in dict.fromkeys(modules)]
    try:
        yield runs
    finally:
        for handle in handles:
            handle.remove()


def forward(network: nn.Module, inputs: Tensor) -> object:
    """Return the output of a network for a copy of inputs (n, …).

    A network may change its inputs in place, and write to its output again in the next pass: if the
    output is a tensor, it is copied too. Raises ``NetworkError`` in one line if the network does
    not accept the inputs, or tries to end the program.
    """
    try:
        answer = network(inputs.clone())
    except SametaskError:
        raise
    except SystemExit as error:
        raise NetworkError(f"its forward pass calls sys.exit({error.code!r})") from error
    except Exception as error:
        kind = f"{tuple(inputs.shape[1:])} of {inputs.dtype}, {len(inputs)} at once"
        raise NetworkError(f"does not accept inputs of shape {kind}: {reason(error)}") from error
    return answer.clone() if isinstance(answer, Tensor) else answer


def require_runs(calls: Iterable[Call], runs: Mapping[nn.Module, int]) -> None:
    """Raise ``NetworkError`` for calls that do not exist in a pass with these ``runs`` of modules.

    A name without a number is valid only if the layer runs once, so that its meaning is clear.
    """
    for call in calls:
        count, layer = runs[call.module], call.layer
        if not count:
            raise NetworkError(f"layer {layer!r} does not run in a forward pass")
        subject = f"layer {layer!r} runs {times(count)} in a pass"
        numbers = range(1, count + 1) if count <= SHOWN else (1, 2, count)
        shown = ", ".join(f"'{layer}#{number}'" for number in numbers)
        if call.number is None and count > 1:
            raise NetworkError(f"{subject}: name the call to measure, one of {shown}")
        number = call.place[1]
        if not 1 <= number <= count:
            near = f"'{layer}#{min(max(number, 1), count)}'"
            raise NetworkError(
                f"{subject}, so that there is no {call.name!r}; did you mean {near}?"
            )


def require_same_runs(first: Mapping[str, int], second: Mapping[str, int]) -> None:
    """Raise ``NetworkError`` if the runs of a layer, by its name, differ between two passes."""
    for name, count in first.items():
        if second[name] != count:
            raise NetworkError(
                f"layer {name!r} runs {times(count)} in one pass and {times(second[name])} in "
                "another: which call is measured must not depend on the inputs"
            )


def times(count: int) -> str:
    """Return a number of times in words, ``once`` or ``3 times``."""
    return "once" if count == 1 else f"{count} times"

"""Many passes over the same inputs: what runs before the first replaced place is computed once.

A map is judged by thousands of passes that differ only from the replaced place on. A module that
ends before that place, or at it, puts out the same in all of them.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from torch import nn

from sametask.networks.calls import watchable, watching
from sametask.networks.outputs import part_of, real_paths
from sametask.networks.places import find_places

# Largest size of what is kept. Modules that run last are kept first: they need the others.
MOST_BYTES = 2**30

Kept = Mapping[nn.Module, Any]


def _ended_before(
    network: nn.Module, names: Sequence[str], run: Callable[[], object]
) -> list[nn.Module]:
    """Return the modules that end before the first of the places, or at it, in their order.

    Those inside another one are left out, and those of which a part also runs outside: the numbers
    of its calls would change.
    """
    places = find_places(network, names)
    begun: dict[nn.Module, Counter[nn.Module]] = {}
    inside: dict[nn.Module, dict[nn.Module, int]] = {}
    reached = False

    def note(module: nn.Module, number: int, _: object, takes_in: bool) -> None:
        nonlocal reached
        if takes_in:
            begun[module] = runs.copy()
        elif not reached:
            inside[module] = {part: runs[part] - begun[module][part] for part in module.modules()}
        reached |= any(
            (place.call, place.takes_in) == ((module, number), takes_in) for place in places
        )

    runs: Counter[nn.Module]
    with watching([module for _, module in watchable(network)], note) as runs:
        run()
    whole = [
        module
        for module, parts in inside.items()
        if runs[module] == 1 and all(runs[part] == count for part, count in parts.items())
    ]
    inner = {part for module in whole for part in module.modules() if part is not module}
    return [module for module in whole if module not in inner]


def remember(network: nn.Module, names: Sequence[str], run: Callable[[], object]) -> Kept:
    """Return what modules put out before the places of these names, in the pass that ``run`` makes.

    Two passes are made. See ``answering``.
    """
    modules = _ended_before(network, names, run)
    outputs: dict[nn.Module, Any] = {}

    def note(module: nn.Module, _: int, value: object, takes_in: bool) -> None:
        if not takes_in:
            # A copy: later modules may change it in place.
            outputs[module] = copy.deepcopy(value)

    with watching(modules, note):
        run()
    kept: dict[nn.Module, Any] = {}
    size = 0
    for module in reversed(modules):
        size += sum(part_of(outputs[module], path).nbytes for path in real_paths(outputs[module]))
        if size > MOST_BYTES:
            break
        kept[module] = outputs[module]
    return kept


@contextmanager
def answering(kept: Kept) -> Iterator[None]:
    """Let modules put out what is kept in every pass of a block, without computing it.

    Valid for passes over the inputs of ``remember``.
    """
    own = {module: vars(module).get("forward") for module in kept}
    for module, value in kept.items():
        module.forward = lambda *_, _value=value, **__: copy.deepcopy(_value)
    try:
        yield
    finally:
        for module, forward in own.items():
            if forward is None:
                del module.forward
            else:
                module.forward = forward

"""What a network is given: a tensor, or a mapping of tensors by the names of its arguments.

All tensors have the batch first. A mapping, such as ``input_ids`` and ``attention_mask``, is given
as keyword arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor

from sametask.base.errors import NetworkError, quoted
from sametask.inputs.fields import KEPT, STEPS, TOKEN_MASK

Given = Tensor | Mapping[str, Tensor]
# The share of padding in a sound that passes together with longer ones.
PADDING = 0.15


def tensors(given: Given) -> dict[str, Tensor]:
    """Return the tensors by name; a single tensor has the name ``""``.

    Raises ``NetworkError`` for an empty mapping, for a name that is no text, for a value that is no
    tensor, and for tensors without a common number of inputs.
    """
    if isinstance(given, Tensor):
        return {"": given}
    if not isinstance(given, Mapping):
        raise NetworkError(f"is given a {type(given).__name__}, not a tensor or a mapping of them")
    if not given:
        raise NetworkError("is given an empty mapping; give it a tensor by keyword")
    for name, value in given.items():
        if not isinstance(name, str):
            raise NetworkError(f"is given a tensor under {quoted(name)}, which names no argument")
        if not isinstance(value, Tensor):
            raise NetworkError(f"is given {name} of {type(value).__name__}, not a tensor")
    if any(not value.ndim for value in given.values()) or len(set(map(len, given.values()))) > 1:
        shapes = ", ".join(f"{name} {tuple(value.shape)}" for name, value in given.items())
        raise NetworkError(f"is given tensors without one batch as their first axis: {shapes}")
    return dict(given)


def has_numbers(tensor: Tensor) -> bool:
    """Return whether a tensor has numbers, not only a shape, see ``pretrained_weights``."""
    return not isinstance(tensor, FakeTensor)


def arguments(given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return what a network is called with: not what is only kept beside, see ``inputs.fields``."""
    return {name: value for name, value in given.items() if not name.startswith(KEPT)}


def count(given: Given) -> int:
    """Return the number n of inputs."""
    return len(next(iter(tensors(given).values())))


def each(given: Given, function: Callable[[Tensor], Tensor]) -> Given:
    """Return what a network is given with a function applied to every tensor."""
    if isinstance(given, Tensor):
        return function(given)
    return {name: function(value) for name, value in tensors(given).items()}


def copied(given: Given) -> Given:
    """Return a copy, which a network may change in place."""
    return each(given, torch.clone)


def rows(given: Given, part: slice | Sequence[int] | Tensor) -> Given:
    """Return the inputs of a slice, or those with the numbers ``part``."""
    index = part if isinstance(part, slice | Tensor) else list(part)
    return each(given, lambda value: value[index])


def passes(given: Given, batch: int) -> list[Tensor]:
    """Return the numbers of the inputs of each pass, at most ``batch`` of them.

    Sounds are in passes by length, the longest first: what a pass needs for padding, which
    ``without_padding`` leaves of it, is at most ``PADDING`` of its steps.
    """
    first = next(iter(tensors(given).values()))
    steps = given.get(STEPS) if isinstance(given, Mapping) else None
    if steps is None:
        return list(torch.arange(len(first), device=first.device).split(batch))
    lengths, order = steps.sum(dim=1).sort(descending=True, stable=True)
    parts, begin = [], 0
    while begin < len(order):
        alike = int((lengths[begin:] >= (1 - PADDING) * lengths[begin]).sum())
        parts.append(order[begin : begin + min(alike, batch)])
        begin += len(parts[-1])
    return parts


def in_order(answers: Sequence[Tensor], parts: Sequence[Tensor]) -> Tensor:
    """Return what came out of ``passes`` in the order of the inputs."""
    return torch.cat(list(answers))[torch.cat(list(parts)).argsort()]


def repeated(given: Given, times: int) -> Given:
    """Return the first input so many times; memory is that of one input."""
    return each(given, lambda value: value[:1].expand(times, *value.shape[1:]))


def described(given: Given) -> str:
    """Return shapes without the batch, kinds of numbers and the number of inputs, in words."""
    kinds = (
        f"{name} {tuple(value.shape[1:])} of {value.dtype}".lstrip()
        for name, value in tensors(given).items()
        if not name.startswith(KEPT)
    )
    return f"{', '.join(kinds)}, {count(given)} at once"


def without_padding(given: Given) -> Given:
    """Return inputs without the positions (n, T, …) at which all of them are padding.

    Padding is where the mask is 0; inputs without it are returned unchanged. What says which steps
    of a sound there are is cut by itself: sounds without padding have just these steps.
    """
    mask = given.get(TOKEN_MASK) if isinstance(given, Mapping) else None
    if mask is None or not isinstance(given, Mapping):
        return given
    needed = mask.any(dim=0)
    kept = {
        name: part[:, needed] if part.shape[:2] == mask.shape else part
        for name, part in given.items()
    }
    return kept | {name: part[:, part.any(dim=0)] for name, part in kept.items() if name == STEPS}

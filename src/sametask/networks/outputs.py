"""What a module puts out or takes in: a tensor, or tensors in tuples, mappings and dataclasses.

A *path* is the names that lead to a tensor: numbers in a tuple or list, else the names of fields;
``()`` is the tensor itself.
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from sametask.base.errors import NetworkError, nearest, reason

Path = tuple[str, ...]
# The name of a part of an output: see ``places``, which joins parts by colons.
PART = r"[^:#]+"


def joined(name: str, path: Iterable[str]) -> str:
    """Return the name of a part of a layer's output, as in ``lstm:1:0``."""
    return ":".join((name, *path))


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


def fields(output: object) -> dict[str, Any]:
    """Return the fields of a tuple, list, mapping or dataclass by name; nothing of anything else.

    A packed sequence has none: its numbers are not in the order of the inputs.
    """
    if isinstance(output, PackedSequence):
        return {}
    if isinstance(output, Mapping):
        named = ((str(key), value) for key, value in output.items())
        return {name: value for name, value in named if re.fullmatch(PART, name)}
    if dataclasses.is_dataclass(output) and not isinstance(output, type):
        return {field.name: getattr(output, field.name) for field in dataclasses.fields(output)}
    if isinstance(output, tuple | list):
        names = getattr(output, "_fields", map(str, range(len(output))))
        return dict(zip(names, output, strict=True))
    return {}


def part_of(output: Any, path: Path) -> Any:
    """Return what is at a path that exists in an output."""
    for part in path:
        output = fields(output)[part]
    return output


def leading_path(output: object) -> Path | None:
    """Return the path of the tensor that an output without a named part stands for, or ``None``.

    It is the output itself, or the first of its fields that is a tensor with axes: of a recurrent
    layer the outputs, not the states; of a network with a loss the logits. A number without axes is
    taken only if there is nothing else.
    """
    if isinstance(output, Tensor):
        return ()
    found = [(name, value) for name, value in fields(output).items() if isinstance(value, Tensor)]
    found.sort(key=lambda pair: pair[1].ndim == 0)  # stable: the order stays otherwise
    return (found[0][0],) if found else None


def real_paths(output: object) -> Iterator[Path]:
    """Yield the paths of all tensors of real numbers with axes, in their order."""
    if isinstance(output, Tensor):
        if output.ndim and not not_real(output):
            yield ()
        return
    for name, value in fields(output).items():
        for path in real_paths(value):
            yield (name, *path)


def _kind(value: object) -> str:
    """Return the class of a value, and those of its fields, as in ``tuple (Tensor, NoneType)``."""
    inside = ", ".join(type(field).__name__ for field in fields(value).values())
    return f"{type(value).__name__} ({inside})" if inside else type(value).__name__


def real_tensor(subject: str, value: object, advice: str = "") -> Tensor:
    """Return a value if it is a tensor of real numbers; ``NetworkError`` begins with ``subject``.

    The subject is as in ``layer 'act' puts out``; ``advice`` follows on what is no tensor.
    """
    if not isinstance(value, Tensor):
        raise NetworkError(f"{subject} a {_kind(value)}, not a tensor{advice}")
    if wrong := not_real(value):
        raise NetworkError(f"{subject} {wrong}; measure another layer")
    return value


def tensor_at(name: str, output: object, path: Path) -> Tensor:
    """Return the tensor at a path of the output of layer ``name``.

    Raises ``NetworkError`` that names the nearest part if there is no such part, if the path ends
    at something else than a tensor, and for a tensor without real numbers.
    """
    for depth, part in enumerate(path):
        inside = fields(output)
        if part not in inside:
            within = f"no {part!r}" if inside else f"one {type(output).__name__}, no {part!r} of it"
            choices = nearest(part, [*inside, *([] if depth else ["input"])])
            raise NetworkError(f"layer {joined(name, path[:depth])!r} puts out {within}; {choices}")
        output = inside[part]
    whole = joined(name, path)
    first = next(real_paths(output), None)
    advice = f"; name a part of it, such as {joined(whole, first)!r}" if first else ""
    return real_tensor(f"layer {whole!r} puts out", output, advice)


def with_tensor(name: str, output: Any, path: Path, replacement: Tensor) -> Any:
    """Return an output of layer ``name`` with another tensor at a path, and the rest unchanged.

    Raises ``NetworkError`` for a mapping or tuple that cannot be made anew.
    """
    if not path:
        return replacement
    part, rest = path[0], path[1:]
    inside = fields(output)
    inside[part] = with_tensor(name, inside[part], rest, replacement)
    try:
        if isinstance(output, tuple | list):
            make = getattr(output, "_make", type(output))  # for a named tuple, or a plain one
            return make(tuple(inside.values()))
        changed: Any = copy.copy(output)
        if isinstance(output, Mapping):
            changed[next(key for key in output if str(key) == part)] = inside[part]
        else:
            object.__setattr__(changed, part, inside[part])  # a dataclass may be frozen
        return changed
    except Exception as error:
        raise NetworkError(
            f"layer {name!r} puts out a {type(output).__name__}, which can be measured but not "
            f"replaced: {reason(error)}"
        ) from error


def input_path(arguments: tuple[tuple, dict[str, Any]]) -> Path | None:
    """Return the path of what a module takes in, in its positional and its keyword arguments.

    It is the first positional tensor, or the first tensor by keyword; ``None`` if there is none.
    """
    for place, given in enumerate(arguments):
        for name, value in fields(given).items():
            if isinstance(value, Tensor):
                return (str(place), name)
    return None


def leading_tensor(name: str, output: object) -> Tensor:
    """Return the tensor that an output of layer ``name`` stands for: see ``leading_path``.

    Raises ``NetworkError`` if there is none, and for a tensor without real numbers.
    """
    return tensor_at(name, output, leading_path(output) or ())


def with_leading(output: Any, replacement: Tensor) -> Any:
    """Return an output with ``leading_tensor`` replaced, and the rest unchanged."""
    return with_tensor("", output, leading_path(output) or (), replacement)

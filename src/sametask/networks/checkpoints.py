"""Read trained weights without running code from the file, and load them into a network."""

from __future__ import annotations

import logging
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

from sametask.base.errors import NetworkError, nearest, quoted, reason
from sametask.base.references import users_code
from sametask.networks.build import fault_of
from sametask.networks.precision import kind_of, name_of, narrow, widest, with_precision

# First bytes of a file of ``torch.save``: a zip archive, or a pickle of an older version.
SAVED_BY_TORCH = (b"PK", b"\x80")


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a state dictionary from .safetensors, or from .pt/.pth with weights only.

    A pickle with anything but tensors is refused, and none of it is run. Raises ``NetworkError``
    for a file that is missing, truncated or refused, or that has no state dictionary.
    """
    if not path.is_file():
        beside = [other.name for other in path.parent.glob("*") if other.is_file()]
        hint = f"; {nearest(path.name, beside)}" if beside else ""
        raise NetworkError(f"{path}: checkpoint not found{hint}")
    if path.suffix.lower() == ".safetensors":
        try:
            return load_file(path)
        except Exception as error:
            raise NetworkError(
                f"{path}: truncated or no safetensors file: {reason(error)}"
            ) from error
    return _state_dictionary(path, _unpickled(path))


def _unpickled(path: Path) -> object:
    """Return the content of a file of ``torch.save``; refuse a file with code."""
    with path.open("rb") as file:
        head = file.read(2)
    if head and not head.startswith(SAVED_BY_TORCH):
        raise NetworkError(f"{path}: no checkpoint: neither .safetensors nor made by torch.save")
    if _is_torchscript(path):
        raise NetworkError(
            f"{path}: a TorchScript archive, which holds code; save the weights of its network: "
            "torch.save(net.state_dict(), …)"
        )
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise NetworkError(
            f"{path}: refused, it holds more than weights (none of it was run), or is damaged; "
            "save the state dictionary alone: torch.save(net.state_dict(), …)"
        ) from error
    except Exception as error:
        raise NetworkError(f"{path}: truncated or no checkpoint: {reason(error)}") from error


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _state_dictionary(path: Path, content: object) -> dict[str, Tensor]:
    """Return the tensors of a state dictionary; refuse other content."""
    if not isinstance(content, Mapping):
        raise NetworkError(f"{path}: holds a {type(content).__name__}, not a state dictionary")
    # The outermost dictionary: optimisers also keep tensors for each parameter.
    if keys := min(_nested(content), key=len, default=()):
        place = " in ".join(quoted(key) for key in reversed(keys))
        raise NetworkError(
            f"{path}: its weights are under {place}; save them alone: "
            "torch.save(net.state_dict(), …)"
        )
    for name, value in content.items():
        if not isinstance(value, Tensor):
            raise NetworkError(f"{path}: {quoted(name)} {fault_of(value)}; save weights alone")
    return dict(content)


def _nested(content: Mapping, keys: tuple = ()) -> Iterator[tuple]:
    """Yield the keys of nested dictionaries that contain tensors only."""
    for key, value in content.items():
        if isinstance(value, Mapping) and len(keys) < 4:
            if value and all(isinstance(item, Tensor) for item in value.values()):
                yield (*keys, key)
            yield from _nested(value, (*keys, key))


def give_weights(network: nn.Module, weights: Mapping[str, Tensor], source: str | Path) -> None:
    """Load weights into a network in place; ``source`` names their origin in messages.

    Every name, shape and kind of number must match, and every value must be a number; otherwise
    ``NetworkError`` names the first that does not. If the network ties tensors to each other, one
    of them is enough. The network gets float32, or float64 if it or the weights have float64
    numbers, so that no digit is lost.
    """
    expected = network.state_dict()
    given = require_fitting(expected, weights, source)
    parameters = dict(network.named_parameters(remove_duplicate=False))
    for name, tensor in expected.items():
        if count := _not_finite(given[name], name in parameters):
            total = tensor.numel()
            raise NetworkError(
                f"{source}: {quoted(name)} is not finite in {count} of {total} places"
            )
    tensors = [*expected.values(), *given.values()]
    precision = widest(tensors)
    for name in narrow(tensors):
        logging.getLogger(__name__).info("%s: %s is widened to %s", source, name, precision)
    with users_code(f"{source}: cannot be loaded"):
        with_precision(network, precision).load_state_dict(given)
    _require_taken(network, given, source)


def require_fitting(
    expected: Mapping[str, Tensor], weights: Mapping[str, Tensor], source: str | Path
) -> dict[str, Tensor]:
    """Return weights with the ``expected`` names, shapes and kinds of numbers.

    Raises ``NetworkError`` for the first that does not fit, as ``give_weights`` does.
    """
    given = _with_tied(expected, weights)
    _require_names(expected, given, source)
    for name, tensor in expected.items():
        _require_like(source, quoted(name), given[name], tensor)
    return given


def _with_tied(expected: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights, with a missing tensor taken from a tensor that is tied to it."""
    known = {_place(expected[name]): tensor for name, tensor in given.items() if name in expected}
    missing = {name: _place(expected[name]) for name in expected if name not in given}
    tied = {name: known[place] for name, place in missing.items() if place and place in known}
    return dict(given) | tied


def _place(tensor: Tensor) -> tuple | None:
    """Return the memory and the order of a tensor's numbers there; None if it has none."""
    if tensor.numel() == 0:
        return None
    memory = StorageWeakRef(tensor.untyped_storage())
    return memory, tensor.storage_offset(), tensor.dtype, tensor.shape, tensor.stride()


def _require_names(expected: Mapping, given: Mapping, source: str | Path) -> None:
    """Refuse weights with a missing or an unknown name."""
    if expected.keys() == given.keys():
        return
    if wrapped := _prefix(given, expected):
        raise NetworkError(
            f"{source}: every name begins with {quoted(wrapped)}, as of a network in a wrapper; "
            "save the state dictionary of the network inside it"
        )
    if wrapper := _prefix(expected, given):
        raise NetworkError(
            f"{source}: every name lacks {quoted(wrapper)}, with which those of the network begin; "
            "save the state dictionary of what the factory returns"
        )
    wrong = [("no", name, given) for name in expected if name not in given]
    wrong += [("unknown", name, expected) for name in given if name not in expected]
    fault, name, known = wrong[0]
    raise NetworkError(
        f"{source}: of another architecture: {fault} {quoted(name)}; {nearest(name, known)}"
    )


def _prefix(longer: Mapping, shorter: Mapping) -> str | None:
    """Return the prefix by which all names of one differ from those of the other, or ``None``."""
    example = next(iter(shorter), "")
    for name in map(str, longer):
        prefix = name.removesuffix(str(example))
        if prefix != name and {f"{prefix}{short}" for short in shorter} == set(longer):
            return prefix
    return None


def _require_like(source: str | Path, name: str, given: Tensor, expected: Tensor) -> None:
    """Refuse a tensor of another shape or kind of number."""
    subject = f"{source}: {name}"
    if given.shape != expected.shape:
        shapes = f"shape {tuple(given.shape)}, the network needs {tuple(expected.shape)}"
        raise NetworkError(f"{source}: of another architecture: {name} has {shapes}")
    if fault := fault_of(given):
        raise NetworkError(f"{subject} {fault}")
    if kind_of(given.dtype) != kind_of(expected.dtype):
        raise NetworkError(
            f"{subject} is {name_of(given.dtype)}, in the network {name_of(expected.dtype)}: "
            f"{kind_of(given.dtype)} numbers are not taken for {kind_of(expected.dtype)} ones"
        )


def _not_finite(given: Tensor, is_parameter: bool) -> int:
    """Count NaN, and infinite values of parameters; buffers may have infinity as a mask."""
    wrong = ~torch.isfinite(given) if is_parameter else torch.isnan(given)
    return int(wrong.sum())


def _require_taken(network: nn.Module, given: Mapping[str, Tensor], source: str | Path) -> None:
    """Refuse a network whose weights differ after loading, for example tied tensors."""
    for name, tensor in network.state_dict().items():
        if not torch.equal(tensor, given[name].to(tensor)):
            raise NetworkError(
                f"{source}: {quoted(name)} is not in the network as it is in the checkpoint: it "
                "shares its memory with another tensor there (tied weights), or does not fit"
            )

"""The weights of pretrained networks: read, checked against the network, or only their shapes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from sametask.base.errors import NetworkError, quoted
from sametask.base.references import users_code
from sametask.base.seeding import seeded, unfilled_is_nan
from sametask.networks.build import require_initialised, require_measurable
from sametask.networks.checkpoints import read_weights
from sametask.networks.precision import PRECISIONS, in_precision, with_precision
from sametask.networks.pretrained import Recipe, quiet
from sametask.storage.pretrained_files import PretrainedFiles
from sametask.storage.weight_headers import StoredTensor

# Kinds of numbers in the header of a safetensors file, and those that are below float32.
KINDS = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U8": torch.uint8, "U16": torch.uint16, "U32": torch.uint32, "U64": torch.uint64,
    "C64": torch.complex64, "BOOL": torch.bool,
}  # fmt: skip
NARROW = {"F16": torch.float16, "BF16": torch.bfloat16}


@dataclass(frozen=True)
class Filled:
    """A network with its weights, how to build it again, and names of weights that it has not."""

    network: nn.Module
    recipe: Recipe
    unexpected: tuple[str, ...]

    def network_lacks(self) -> str:
        """Return a clause on the weights that the network has no place for."""
        more = f" and {len(self.unexpected) - 1} more" if len(self.unexpected) > 1 else ""
        return (
            f"class {self.recipe.class_name} leaves {quoted(self.unexpected[0])}{more} of the "
            "weights out, which it has no place for"
        )


def read_pretrained(
    files: PretrainedFiles,
    class_name: str,
    arguments: Mapping[str, Any],
    generate: Mapping[str, Any] | None = None,
) -> Filled:
    """Return a network with the weights of its files, in float32, or float64 if they are.

    Raises ``NetworkError`` for files that are damaged, and for a class that does not fit them: a
    weight that is missing would be random.
    """
    tensors: dict[str, Tensor] = {}
    for path in files.weights:
        tensors |= read_weights(path)
    filled = _filled(files, class_name, arguments, tensors, generate)
    require_measurable(class_name, filled.network)
    require_initialised(class_name, filled.network)
    return filled


def without_weights(
    files: PretrainedFiles,
    class_name: str,
    arguments: Mapping[str, Any],
    generate: Mapping[str, Any] | None = None,
) -> Filled:
    """Return a network whose weights are zeros that take no memory, of the shapes in the files.

    The same errors as in ``read_pretrained``, but for the values.
    """
    zero = torch.zeros((), dtype=_precision(files))
    empty = {
        name: zero.expand(zeros.shape)
        for name, zeros in zeros_of(files.tensors, files.folder).items()
    }
    return _filled(files, class_name, arguments, empty, generate)


def zeros_of(header: Mapping[str, StoredTensor], source: str | Path) -> dict[str, Tensor]:
    """Return zeros that take no memory, of the kinds and shapes in a header.

    Raises ``NetworkError`` for a kind of number that networks here do not have.
    """
    empty: dict[str, Tensor] = {}
    for name, stored in header.items():
        if stored.kind not in KINDS:
            raise NetworkError(f"{source}: {quoted(name)} is {stored.kind}: not supported")
        empty[name] = torch.zeros((), dtype=KINDS[stored.kind]).expand(stored.shape)
    return empty


def as_built(folder: Path, recipe: Recipe) -> PretrainedFiles:
    """Return the headers that the files of a network would have, if they are not here yet."""
    with torch.device("meta"):
        needed = recipe.build().state_dict()
    tensors = {name: StoredTensor("F32", tuple(tensor.shape)) for name, tensor in needed.items()}
    return PretrainedFiles(folder, recipe.configuration, (), tensors)


def numberless() -> FakeTensorMode:
    """Return a mode in which tensors have shapes, but no numbers."""
    # What cannot be computed without numbers is told by the caller.
    logging.getLogger("torch._subclasses.fake_tensor").setLevel(logging.CRITICAL)
    return FakeTensorMode(allow_non_fake_inputs=True)


@contextmanager
def shapes_only(
    network: nn.Module, dtype: str, mode: FakeTensorMode | None = None
) -> Iterator[nn.Module]:
    """Run a block in which passes of a network in a precision compute shapes, but no numbers.

    ``mode`` is that in which the network was built, if it was built without numbers. All tensors
    are on torch's meta device there, but say that they are on the processor. The network cannot be
    used for anything else afterwards.
    """
    mode = mode or numberless()
    network._apply(lambda tensor: in_precision(mode.from_tensor(tensor), PRECISIONS[dtype]))
    with mode:
        yield network


def narrowed(network: nn.Module, files: PretrainedFiles) -> list[str]:
    """Return the half precisions of the files, and convert those weights to them that lose nothing.

    A network in half precision then takes no more of the disk than where it came from.
    """
    stored = [NARROW[kind] for kind in NARROW if kind in {t.kind for t in files.tensors.values()}]

    def converted(tensor: Tensor) -> Tensor:
        for precision in stored if tensor.is_floating_point() else ():
            narrow = tensor.to(precision)
            if torch.equal(narrow.to(tensor.dtype), tensor):
                return narrow
        return tensor

    network._apply(converted)
    return [str(precision).removeprefix("torch.") for precision in stored]


def _precision(files: PretrainedFiles) -> torch.dtype:
    """Return the smaller of float32 and float64 in which no digit of the files is lost."""
    double = any(stored.kind == "F64" for stored in files.tensors.values())
    return torch.float64 if double else torch.float32


def _filled(
    files: PretrainedFiles,
    class_name: str,
    arguments: Mapping[str, Any],
    tensors: dict[str, Tensor],
    generate: Mapping[str, Any] | None,
) -> Filled:
    """Build a network with these weights by ``transformers``, which knows older names of weights.

    It gets no folder, so that it reads no other file.
    """
    recipe = Recipe.of(class_name, files.configuration, arguments, generate)
    with quiet() as transformers, users_code(f"{files.folder}"), seeded(0), unfilled_is_nan():
        known = getattr(transformers, recipe.class_name)
        network, outcome = known.from_pretrained(
            None,
            config=recipe.config(known),
            state_dict=tensors,
            dtype=_precision(files),
            # Named below, in one line.
            ignore_mismatched_sizes=True,
            output_loading_info=True,
            **arguments,
        )
    _require_complete(files, recipe, class_name, outcome)
    with_precision(network, _precision(files)).eval()
    return Filled(recipe.answering(network), recipe, tuple(sorted(outcome["unexpected_keys"])))


def _require_complete(
    files: PretrainedFiles, recipe: Recipe, class_name: str, outcome: Mapping[str, Any]
) -> None:
    """Refuse weights that ``transformers`` would have drawn at random, and name the first."""
    saved = ", ".join(files.configuration.get("architectures") or ())
    remedy = f"it was saved as {saved}" if saved else "name the class that it was saved as"
    for name, stored, needed in sorted(outcome["mismatched_keys"]):
        raise NetworkError(
            f"{files.folder}: {quoted(name)} has shape {tuple(stored)}, class {class_name} needs "
            f"{tuple(needed)}; {remedy}"
        )
    missing = sorted(outcome["missing_keys"])
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise NetworkError(
            f"{files.folder}: class: {class_name} needs {quoted(missing[0])}{more}, which "
            f"{'are' if more else 'is'} not among the weights and would be random; {remedy}"
        )

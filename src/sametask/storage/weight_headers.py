"""The header of a file of weights: names, shapes and sizes, without reading a weight."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from sametask.base.errors import NetworkError, reason

# First bytes of the file that git leaves in the place of a large one.
POINTER = b"version https://git-lfs"


@dataclass(frozen=True)
class StoredTensor:
    """The kind of number (``F32``, ``BF16``, …) and the shape of a tensor in a file."""

    kind: str
    shape: tuple[int, ...]


def count_numbers(tensors: Mapping[str, StoredTensor]) -> int:
    """Return how many numbers tensors have together."""
    return sum(math.prod(tensor.shape) for tensor in tensors.values())


def read_weight_header(path: Path) -> dict[str, StoredTensor]:
    """Return kinds and shapes of all tensors of a safetensors file.

    Raises ``NetworkError`` for a file that is none, or damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            return {
                name: StoredTensor(part.get_dtype(), tuple(part.get_shape()))
                for name, part in slices.items()
            }
    except Exception as error:
        with path.open("rb") as file:
            is_pointer = file.read(len(POINTER)) == POINTER
        if is_pointer:
            raise NetworkError(
                f"{path}: a pointer of Git LFS, not the weights; run `git lfs pull` in its folder"
            ) from error
        raise NetworkError(f"{path}: truncated or no safetensors file: {reason(error)}") from error

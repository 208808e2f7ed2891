"""The files of a pretrained network: ``config.json``, and weights in safetensors.

They are in a folder, or are taken from a hub of networks. Nothing else is read, so that no code of
a stranger can run. The headers of the weights say their names, shapes and sizes without reading
them. This module needs no torch: the workflow asks it while it plans.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sametask.base.errors import NetworkError, nearest, quoted, reason
from sametask.storage.weight_headers import StoredTensor, count_numbers, read_weight_header

CONFIGURATION = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
CONVERT = (
    "load it with transformers where you trust it, and save_pretrained(folder), which writes "
    f"{WEIGHTS}"
)


@dataclass(frozen=True)
class PretrainedFiles:
    """The configuration of a pretrained network, the files of its weights, and their headers."""

    folder: Path
    configuration: Mapping[str, Any]
    weights: tuple[Path, ...]
    tensors: Mapping[str, StoredTensor]

    @classmethod
    def of(cls, folder: Path) -> PretrainedFiles:
        """Read the configuration and all headers of a folder, but no weights.

        Raises ``NetworkError`` for a file that is missing or damaged.
        """
        configuration = read_configuration(folder)
        weights = _weight_files(folder)
        tensors: dict[str, StoredTensor] = {}
        for path in weights:
            tensors |= read_weight_header(path)
        return cls(folder, configuration, weights, tensors)

    @property
    def numbers(self) -> int:
        """How many numbers all weights have."""
        return count_numbers(self.tensors)


def files_in(folder: Path) -> list[Path]:
    """Return the files of a pretrained network in a folder, as far as they are there."""
    named = [folder / CONFIGURATION, folder / INDEX, *sorted(folder.glob("model*.safetensors"))]
    return [path for path in named if path.is_file()]


def has_weights(folder: Path) -> bool:
    """Return whether all weights of a network are in a folder."""
    if (folder / WEIGHTS).is_file() or not (folder / INDEX).is_file():
        return (folder / WEIGHTS).is_file()
    return all((folder / part).is_file() for part in _named_parts(folder / INDEX).values())


def read_configuration(folder: Path) -> dict[str, Any]:
    """Return ``config.json`` of a folder; ``NetworkError`` if there is none, or no such thing."""
    path = folder / CONFIGURATION
    if not path.is_file():
        there = sorted(file.name for file in folder.iterdir() if file.is_file())
        raise NetworkError(
            f"{folder}: no {CONFIGURATION}, so that it is no folder of save_pretrained; it holds "
            f"{', '.join(map(quoted, there[:4])) or 'no file'}"
        )
    content = _json(path)
    if content.get("quantization_config"):
        raise NetworkError(
            f"{path}: quantization_config: quantised weights are not supported; take the network "
            "that it was made from"
        )
    return content


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise NetworkError(f"{path}: no JSON: {reason(error)}") from error
    if not isinstance(content, dict):
        raise NetworkError(f"{path}: holds a {type(content).__name__}, not a JSON object")
    return content


def _weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the file of the weights, or the parts that the index names, all of which exist."""
    if (folder / WEIGHTS).is_file():
        return (folder / WEIGHTS,)
    if (folder / INDEX).is_file():
        return _parts(folder / INDEX)
    others = sorted(
        path.name
        for ending in ("bin", "pt", "pth", "ckpt", "h5")
        for path in folder.glob(f"*.{ending}")
    )
    if others:
        raise NetworkError(
            f"{folder}: has {others[0]}, but no {WEIGHTS}; a pickle may run code, so that it is "
            f"not read; {CONVERT}"
        )
    raise NetworkError(f"{folder}: no weights: neither {WEIGHTS} nor {INDEX}")


def _named_parts(index: Path) -> dict[str, str]:
    """Return which file has each weight, by the index."""
    named = _json(index).get("weight_map")
    if not isinstance(named, dict) or not all(isinstance(part, str) for part in named.values()):
        raise NetworkError(f"{index}: has no weight_map from names of weights to files")
    return named


def _parts(index: Path) -> tuple[Path, ...]:
    """Return the files that an index names; refuse a missing one, and one outside the folder."""
    named = _named_parts(index)
    parts = list(dict.fromkeys(named.values()))
    for number, part in enumerate(parts, 1):
        if Path(part).name != part or not part.endswith(".safetensors"):
            raise NetworkError(f"{index}: {quoted(part)} is no .safetensors file beside it")
        if not (index.parent / part).is_file():
            raise NetworkError(
                f"{index.parent}: part {number} of {len(parts)} of the weights is missing: {part}"
            )
    held = {name: part for part in parts for name in read_weight_header(index.parent / part)}
    for name, part in named.items():
        if held.get(name) != part:
            raise NetworkError(
                f"{index}: says that {quoted(name)} is in {part}, which does not hold it; "
                f"{nearest(name, held)}"
            )
    return tuple(index.parent / part for part in parts)

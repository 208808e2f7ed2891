"""Build a network from its factory and give it trained weights, without running foreign code."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from sametask.atomic import replacing
from sametask.errors import NetworkError, StoreError, nearest, reason
from sametask.json_files import file_digest, read_json, write_json
from sametask.references import resolve

WEIGHTS = "model.safetensors"
DESCRIPTION = "network.json"
FILES = {WEIGHTS, DESCRIPTION}


def build(factory: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Call the factory ``package.module:function`` and return its untrained module.

    Raises ``NetworkError`` if it cannot be found, does not take these arguments, or returns
    something that is no ``torch.nn.Module``.
    """
    function = resolve(factory)
    try:
        network = function(**arguments)
    except Exception as error:
        raise NetworkError(f"{factory} with {dict(arguments)}: {reason(error)}") from error
    if not isinstance(network, nn.Module):
        raise NetworkError(f"{factory}: returned {type(network).__name__}, not a torch.nn.Module")
    return network.eval()


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Read a state dictionary from .safetensors, or from .pt/.pth with weights only.

    A pickle that holds anything but tensors is refused, and none of it is run. Raises
    ``NetworkError`` for a missing, truncated or refused file.
    """
    if not path.is_file():
        beside = [other.name for other in path.parent.glob("*") if other.is_file()]
        hint = f"; {nearest(path.name, beside)}" if beside else ""
        raise NetworkError(f"{path}: checkpoint not found{hint}")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        weights = torch.load(path, map_location="cpu", weights_only=True)
    except SafetensorError as error:
        raise NetworkError(f"{path}: truncated or no safetensors file: {error}") from error
    except pickle.UnpicklingError as error:
        raise NetworkError(
            f"{path}: refused, it holds more than weights (none of it was run); "
            "save the state dictionary as .safetensors"
        ) from error
    except (OSError, RuntimeError, EOFError) as error:
        raise NetworkError(f"{path}: truncated or no checkpoint: {error}".split("\n")[0]) from error
    if not isinstance(weights, Mapping):
        raise NetworkError(f"{path}: holds a {type(weights).__name__}, not a state dictionary")
    return dict(weights)


def give_weights(network: nn.Module, weights: Mapping[str, torch.Tensor], source: Path) -> None:
    """Load weights in place; every name and shape must match, or ``NetworkError`` names one."""
    expected = network.state_dict()
    for name, tensor in expected.items():
        if name not in weights:
            raise NetworkError(
                f"{source}: of another architecture: no {name!r}; {nearest(name, weights)}"
            )
        if weights[name].shape != tensor.shape:
            raise NetworkError(
                f"{source}: of another architecture: {name!r} has shape "
                f"{tuple(weights[name].shape)}, the network needs {tuple(tensor.shape)}"
            )
    for name in weights:
        if name not in expected:
            raise NetworkError(
                f"{source}: of another architecture: unknown {name!r}; {nearest(name, expected)}"
            )
    network.load_state_dict(weights)


def save(folder: str | Path, network: nn.Module, description: Mapping[str, Any]) -> None:
    """Write weights and description to a folder of their own, which replaces an older one.

    ``description`` needs ``factory`` and ``arguments``. Raises ``NetworkError`` if the folder
    holds anything else.
    """
    folder = Path(folder)
    foreign = [path.name for path in folder.glob("[!.]*") if path.name not in FILES]
    if foreign:
        raise NetworkError(f"{folder}: holds {foreign[0]!r}, which is not part of a network")
    weights = {name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}
    with replacing(folder) as unfinished:
        unfinished.mkdir()
        save_file(weights, unfinished / WEIGHTS)
        path = unfinished / WEIGHTS
        files = {WEIGHTS: [path.stat().st_size, file_digest(path)]}
        write_json(unfinished / DESCRIPTION, {**description, "files": files})


def load(folder: str | Path, dtype: str = "float64") -> nn.Module:
    """Load the network that a rule left in ``results/{experiment}/{network}/network``.

    Raises ``StoreError`` if a file of that is missing or damaged.
    """
    folder = Path(folder)
    weights_digest(folder)
    description = read_json(folder / DESCRIPTION)
    network = build(description["factory"], description["arguments"])
    give_weights(network, read_weights(folder / WEIGHTS), folder / WEIGHTS)
    return network.to(getattr(torch, dtype))


def weights_digest(folder: str | Path) -> str:
    """Return SHA-256 of the weights that a rule left in a folder.

    Raises ``StoreError`` if they are missing, or not those that the rule left.
    """
    folder = Path(folder)
    try:
        _, expected = read_json(folder / DESCRIPTION)["files"][WEIGHTS]
        found = file_digest(folder / WEIGHTS)
    except (OSError, KeyError) as error:
        raise StoreError(f"{folder}: no {WEIGHTS}; delete the folder and run again") from error
    if found != expected:
        raise StoreError(f"{folder}: {WEIGHTS} is damaged; delete the folder and run again")
    return found

"""The folder that a rule leaves of a network: its weights, and what it was built from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from sametask.base.errors import NetworkError, StoreError, quoted, reason
from sametask.base.seeding import seeded
from sametask.networks.build import build
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.precision import with_precision
from sametask.storage.atomic import replacing
from sametask.storage.json_files import file_digest, read_json, write_json

WEIGHTS = "model.safetensors"
DESCRIPTION = "network.json"
FILES = {WEIGHTS, DESCRIPTION}
# What network.json must have, and of which kind.
KEYS = {"factory": str, "arguments": dict, "complex": list, "files": dict}


def save(folder: str | Path, network: nn.Module, description: Mapping[str, Any]) -> None:
    """Write weights and description to a folder of their own, which replaces an older one.

    ``description`` needs ``factory`` and ``arguments``, values that JSON has. Complex weights are
    written as two reals (…, 2). Raises ``NetworkError`` if the folder holds anything else, and
    ``StoreError`` if it cannot be written.
    """
    folder = Path(folder)
    foreign = [path.name for path in folder.glob("[!.]*") if path.name not in FILES]
    if foreign:
        raise NetworkError(f"{folder}: holds {foreign[0]!r}, which is not part of a network")
    weights = network.state_dict()
    split = [name for name, tensor in weights.items() if tensor.is_complex()]
    with replacing(folder) as unfinished:
        unfinished.mkdir()
        save_file({name: _alone(weights[name]) for name in weights}, unfinished / WEIGHTS)
        files = {WEIGHTS: _state(unfinished / WEIGHTS)}
        write_json(unfinished / DESCRIPTION, {**description, "complex": split, "files": files})


def _alone(tensor: Tensor) -> Tensor:
    """Return a copy in memory of its own: the file format has no tied tensors."""
    real = torch.view_as_real(tensor.detach()) if tensor.is_complex() else tensor.detach()
    return real.cpu().clone(memory_format=torch.contiguous_format)


def _whole(tensor: Tensor) -> Tensor:
    """Return the complex numbers of pairs of reals (…, 2); what has no pairs stays as it is."""
    pairs = tensor.is_floating_point() and tensor.shape[-1:] == (2,)
    return torch.view_as_complex(tensor) if pairs else tensor


def load(
    folder: str | Path,
    factory: str | Callable[..., nn.Module] | None = None,
    *,
    arguments: Mapping[str, Any] | None = None,
    dtype: str = "float64",
    trust: bool = False,
) -> nn.Module:
    """Load the network that a rule left in ``results/{experiment}/{network}/network``.

    ``factory``, a function or ``package.module:function``, builds it; ``arguments`` are those of
    the folder unless given. The folder names a factory too, but calling that runs whatever the
    folder's author chose: only ``trust=True`` does it. It is built the same way every time.
    Raises ``NetworkError`` without either and for weights that do not fit, ``StoreError`` for a
    damaged folder and for one that was made by another factory or other arguments.
    """
    folder = Path(folder)
    description, _ = _read(folder)
    if factory is None:
        factory = _named_factory(folder, description["factory"], trust)
    arguments = description["arguments"] if arguments is None else arguments
    if isinstance(factory, str):
        _require_made_by(folder, description, factory, arguments)
    with seeded(0):
        network = build(factory, arguments)
    weights = {
        name: _whole(tensor) if name in description["complex"] else tensor
        for name, tensor in read_weights(folder / WEIGHTS).items()
    }
    give_weights(network, weights, folder / WEIGHTS)
    return with_precision(network, dtype)


def _named_factory(folder: Path, named: str, trust: bool) -> str:
    """Return the factory that a folder names, if whoever calls trusts it."""
    if trust is not True:
        raise NetworkError(
            f"{folder}: pass its factory, load(folder, factory), or, if you trust who made this "
            f"folder, load(folder, trust=True), which runs {quoted(named)}"
        )
    return named


def weights_digest(folder: str | Path) -> str:
    """Return SHA-256 of the weights that a rule left in a folder; ``StoreError`` if damaged."""
    return _read(Path(folder))[1]


def _require_made_by(
    folder: Path, description: Mapping, factory: str, arguments: Mapping[str, Any]
) -> None:
    """Refuse a folder that was not made by this factory with these arguments."""
    if (description["factory"], _plain(description["arguments"])) != (factory, _plain(arguments)):
        made = f"{description['factory']} with {description['arguments']}"
        raise StoreError(
            f"{folder}: was made by {quoted(made)}, not by {quoted(factory)} with "
            f"{quoted(dict(arguments))}; delete it and run again"
        )


def _plain(value: Any) -> str:
    """Return values as the text in which JSON keeps them."""
    # Twice, since JSON has no keys but text, and only then can all be sorted.
    return json.dumps(json.loads(json.dumps(value)), sort_keys=True)


def _read(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the description and the digest of the weights of a folder that is not damaged."""
    path = folder / DESCRIPTION
    description = read_json(path)
    for key, kind in KEYS.items():
        if not isinstance(description.get(key), kind):
            raise StoreError(f"{path}: has no {key!r} of type {kind.__name__}")
    try:
        state = _state(folder / WEIGHTS)
    except OSError as error:
        wrong = f"{WEIGHTS} is missing ({reason(error)})"
        raise StoreError(f"{folder}: {wrong}; delete it and run again") from error
    if state != description["files"].get(WEIGHTS):
        raise StoreError(f"{folder}: {WEIGHTS} is damaged; delete it and run again")
    return description, state[1]


def _state(path: Path) -> list:
    """Return the size of a file and the digest of its bytes."""
    return [path.stat().st_size, file_digest(path)]

"""The folder in which a rule saves a network: its weights, and how it was built."""

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
from sametask.config.sections.pretrained_section import PRETRAINED
from sametask.networks.build import build, require_initialised
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.precision import with_precision
from sametask.networks.pretrained import Recipe
from sametask.storage.atomic import replacing
from sametask.storage.json_files import file_state, read_json, write_json

WEIGHTS = "model.safetensors"
DESCRIPTION = "network.json"
FILES = {WEIGHTS, DESCRIPTION}
# How a pretrained network is built without its source: the class and the configuration.
RECIPE = "recipe"
# The keys of network.json, and the types of their values.
KEYS = {"factory": str, "arguments": dict, "complex": list, "files": dict}


def save(folder: str | Path, network: nn.Module, description: Mapping[str, Any]) -> None:
    """Write weights and description to a folder, which replaces an older one.

    ``description`` has JSON values, ``factory`` and ``arguments`` among them. Complex weights are
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
        save_file({name: _separate(weights[name]) for name in weights}, unfinished / WEIGHTS)
        files = {WEIGHTS: file_state(unfinished / WEIGHTS)}
        write_json(unfinished / DESCRIPTION, {**description, "complex": split, "files": files})


def _separate(tensor: Tensor) -> Tensor:
    """Return a copy with its own memory: the file format does not allow tied tensors."""
    real = torch.view_as_real(tensor.detach()) if tensor.is_complex() else tensor.detach()
    return real.cpu().clone(memory_format=torch.contiguous_format)


def _combined(tensor: Tensor) -> Tensor:
    """Return the complex numbers of pairs of reals (…, 2); other tensors are returned unchanged."""
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
    """Load the network that a rule saved in ``results/{experiment}/{network}/network``.

    ``factory``, a function or ``package.module:function``, builds it; the default ``arguments`` are
    those of the folder. The folder names a factory too, but calling it runs code that the author of
    the folder chose; only ``trust=True`` allows this. The result is the same every time. Raises
    ``NetworkError`` without ``factory`` and ``trust``, and for weights that do not fit;
    ``StoreError`` for a damaged folder, and for one of another factory or other arguments.
    """
    folder = Path(folder)
    description, _ = _read(folder)
    if factory is None:
        factory = _named_factory(folder, description["factory"], trust)
    arguments = description["arguments"] if arguments is None else arguments
    if isinstance(factory, str):
        _require_made_by(folder, description, factory, arguments)
    with seeded(0):
        network = _built(description, factory, arguments)
    weights = {
        name: _combined(tensor) if name in description["complex"] else tensor
        for name, tensor in read_weights(folder / WEIGHTS).items()
    }
    give_weights(network, weights, folder / WEIGHTS)
    return with_precision(network, dtype)


def untrained(
    folder: str | Path | None, factory: str, arguments: Mapping[str, Any]
) -> tuple[nn.Module, dict[str, Any]]:
    """Return a network with initial weights, and its description.

    A pretrained network is built as its ``folder`` says; other networks need no folder.
    """
    description: dict[str, Any] = {"factory": factory, "arguments": arguments}
    if folder is not None:
        read, _ = _read(Path(folder))
        _require_made_by(Path(folder), read, factory, arguments)
        description[RECIPE] = read[RECIPE]
    network = _built(description, factory, arguments)
    require_initialised(factory, network)
    return network, description


def _built(
    description: Mapping[str, Any],
    factory: str | Callable[..., nn.Module],
    arguments: Mapping[str, Any],
) -> nn.Module:
    """Build a network by its factory, or, if it is pretrained, by the recipe in its folder.

    The recipe names a class of ``transformers`` and has its configuration: no code of a stranger.
    """
    if factory != PRETRAINED or RECIPE not in description:
        return build(factory, arguments)
    recipe = Recipe.from_plain(description[RECIPE], arguments)
    return build(recipe.build, {})


def _named_factory(folder: Path, named: str, trust: bool) -> str:
    """Return the factory that a folder names, if ``trust`` is true, or it is that of the library.

    A pretrained network is built by ``transformers`` alone.
    """
    if trust is not True and named != PRETRAINED:
        raise NetworkError(
            f"{folder}: pass its factory, load(folder, factory), or, if you trust who made this "
            f"folder, load(folder, trust=True), which runs {quoted(named)}"
        )
    return named


def weights_digest(folder: str | Path) -> str:
    """Return SHA-256 of the weights in a folder of ``save``; ``StoreError`` if damaged."""
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
    # Twice: JSON makes all keys texts, and only then they can be sorted.
    return json.dumps(json.loads(json.dumps(value)), sort_keys=True)


def _read(folder: Path) -> tuple[dict[str, Any], str]:
    """Return the description of a folder and the digest of its weights; check both."""
    path = folder / DESCRIPTION
    description = read_json(path)
    for key, kind in KEYS.items():
        if not isinstance(description.get(key), kind):
            raise StoreError(f"{path}: has no {key!r} of type {kind.__name__}")
    try:
        state = file_state(folder / WEIGHTS)
    except OSError as error:
        wrong = f"{WEIGHTS} is missing ({reason(error)})"
        raise StoreError(f"{folder}: {wrong}; delete it and run again") from error
    if state != description["files"].get(WEIGHTS):
        raise StoreError(f"{folder}: {WEIGHTS} is damaged; delete it and run again")
    return description, state[1]

"""Networks of ``transformers``: a class and a configuration build one, with random weights.

The class is one of ``transformers`` itself: code that comes with a network is never run. Importing
``transformers`` takes seconds, so that only functions which need it do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from sametask.base.errors import NetworkError, nearest, quoted
from sametask.base.references import users_code
from sametask.networks.generation import generating
from sametask.storage.hub import (
    NEEDED,
    WITHOUT_WEIGHTS,
    cached_folder,
    downloaded_folder,
    local_folder,
)
from sametask.storage.pretrained_files import read_configuration

# Keys of a configuration that say nothing on what the network computes: where it came from, its
# precision on disk, and which code or files others would load for it.
LEFT_OUT = frozenset(
    (
        "_name_or_path", "dtype", "torch_dtype", "auto_map", "custom_pipelines",
        "transformers_weights", "attn_implementation", "_attn_implementation",
        "_attn_implementation_internal", "experts_implementation",
        "_experts_implementation_internal", "quantization_config",
    )
)  # fmt: skip


@contextmanager
def quiet() -> Iterator[Any]:
    """Yield ``transformers``, which prints only errors in the block, and no progress."""
    try:
        import transformers
    except ImportError as error:
        raise NetworkError(NEEDED) from error
    logging = transformers.utils.logging
    before, shows = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield transformers
    finally:
        logging.set_verbosity(before)
        if shows:
            logging.enable_progress_bar()


@dataclass(frozen=True)
class Recipe:
    """How to build a network of ``transformers``: name of its class, configuration, arguments.

    ``configuration`` has JSON values; ``arguments`` are keyword arguments of the class. A network
    that answers by generating has the arguments of ``generation.generating``.
    """

    class_name: str
    configuration: Mapping[str, Any]
    arguments: Mapping[str, Any]
    generate: Mapping[str, Any] | None = None

    @classmethod
    def of(
        cls,
        class_name: str,
        configuration: Mapping[str, Any],
        arguments: Mapping[str, Any],
        generate: Mapping[str, Any] | None = None,
    ) -> Recipe:
        """Return the recipe of the class that is meant, with its own configuration.

        An ``AutoModel…`` becomes the class that it stands for. The network is built on the meta
        device, where it takes no memory. Raises ``NetworkError`` for an unknown class, and one that
        does not fit the configuration.
        """
        with quiet() as transformers:
            known = _class_named(transformers, class_name)
            config = _config_for(transformers, known, class_name, configuration)
            with users_code(f"class: {class_name}"), torch.device("meta"):
                network: Any = _make(known, config, arguments)
            named = type(network).__name__
            if getattr(transformers, named, None) is not type(network):
                raise NetworkError(f"class: {class_name}: builds a {named}, not of transformers")
            plain = json.loads(network.config.to_json_string(use_diff=False))
        return cls(named, _computing(plain), dict(arguments), generate)

    def build(self) -> nn.Module:
        """Build the network with random weights, in float32."""
        with quiet() as transformers:
            known = _class_named(transformers, self.class_name)
            return self.answering(_make(known, self.config(known), self.arguments))

    def answering(self, network: nn.Module) -> nn.Module:
        """Return a network that answers as the recipe says."""
        return network if self.generate is None else generating(network, **self.generate)

    def config(self, known: Any) -> Any:
        """Return the configuration as an object of the class ``known``."""
        return known.config_class.from_dict(_computing(self.configuration))

    def plain(self) -> dict[str, Any]:
        """Return the recipe as JSON values, from which ``from_plain`` makes it again."""
        return {"class": self.class_name, "configuration": dict(self.configuration)}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any], named: Mapping[str, Any]) -> Recipe:
        """Return the recipe that ``plain`` describes; the class is checked when it is built.

        ``named`` are the keys of the section ``pretrained``, as in ``from_source``.
        """
        kept = named["arguments"], named.get("generate")
        return cls(plain["class"], plain["configuration"], *kept)


def from_source(**pretrained: Any) -> nn.Module:
    """Build a network with random weights, by the configuration of a section ``pretrained``.

    The keys are ``source``, ``class``, ``revision`` and ``arguments``, and ``generate`` if it is
    given. This is the factory of all pretrained networks.
    """
    named = pretrained["source"], pretrained["revision"]
    folder = local_folder(*named) or cached_folder(*named)
    configuration = read_configuration(folder or downloaded_folder(*named, False, WITHOUT_WEIGHTS))
    how = pretrained["arguments"], pretrained.get("generate")
    return Recipe.of(pretrained["class"], configuration, *how).build()


def folder_of(source: str, revision: str | None, never: bool = False) -> Path:
    """Return the folder of a source; an id of the hub is downloaded, unless ``never``."""
    return local_folder(source, revision) or downloaded_folder(source, revision, never)


def _make(known: Any, config: Any, arguments: Mapping[str, Any]) -> nn.Module:
    """Build a network of a class, or of the class that an ``AutoModel…`` stands for."""
    if hasattr(known, "from_config"):
        return known.from_config(config, trust_remote_code=False, **arguments)
    return known._from_config(config, **arguments)


def _computing(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without the keys ``LEFT_OUT``, in its parts too."""
    return {
        key: _computing(value) if isinstance(value, Mapping) else value
        for key, value in configuration.items()
        if key not in LEFT_OUT
    }


def _class_named(transformers: Any, name: str) -> Any:
    """Return the class of this name; ``NetworkError`` with the nearest names if there is none."""
    networks = transformers.PreTrainedModel, transformers.AutoModel.__mro__[1]
    # Not `in dir`, which takes a third of a second.
    known = None if name.endswith("PreTrainedModel") else getattr(transformers, name, None)
    if isinstance(known, type) and issubclass(known, networks):
        return known
    names = [
        other
        for other in dir(transformers)
        if other[0].isupper() and "pretrained" not in other.lower()
        if other.endswith("Model") or ("For" in other and not other.endswith("Config"))
    ]
    # The names of all networks are too many for a hint: without a near one, the general ones.
    hint = nearest(name, names)
    if hint.startswith("valid"):
        hint = nearest("", [other for other in names if other.startswith("AutoModel")])
    raise NetworkError(
        f"class: transformers {transformers.__version__} has no network {quoted(name)}; {hint}"
    )


def _config_for(transformers: Any, known: Any, name: str, raw: Mapping[str, Any]) -> Any:
    """Return the configuration of a class from ``config.json``; refuse one of another network."""
    kind, saved = raw.get("model_type"), ", ".join(raw.get("architectures") or ())
    saved = f"; it was saved as {saved}" if saved else ""
    part: Mapping[str, Any] | None = raw
    if hasattr(known, "from_config"):
        if kind not in transformers.CONFIG_MAPPING:
            raise NetworkError(
                f"config.json: model_type {quoted(kind)} is none of transformers "
                f"{transformers.__version__}; code that comes with a network is never run"
            )
        config_class = transformers.CONFIG_MAPPING[kind]
        fits = config_class in known._model_mapping
    else:
        config_class = known.config_class
        part = _part_for(config_class, raw)
        fits = part is not None
    if not fits:
        raise NetworkError(f"class: {name} does not fit model_type {quoted(kind)}{saved}")
    with users_code("config.json"):
        return config_class.from_dict(_computing(part or {}))


def _part_for(config_class: Any, raw: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the part of a configuration that is of a class, such as that of its text encoder."""
    wanted = config_class.model_type
    if raw.get("model_type") in (None, wanted):
        return raw
    parts = {key: value for key, value in raw.items() if isinstance(value, Mapping)}
    if config_class.base_config_key in parts:
        return parts[config_class.base_config_key]
    return next((part for part in parts.values() if part.get("model_type") == wanted), None)

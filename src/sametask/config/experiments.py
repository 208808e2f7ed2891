"""Read, extend and validate experiment files, with errors of one line.

A file may name another one that it ``extends``; its own keys replace those of the other file,
section by section. A network of the other file is left out where this file has none (``null``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sametask.base.errors import ConfigError, about, nearest, quoted
from sametask.config import Experiment, Network, Run
from sametask.config.names import fault_of_experiment_name, require_experiment_name
from sametask.config.reading import read_model
from sametask.config.sections.network_sections import name_of_original
from sametask.config.sections.section import Section
from sametask.config.yaml_file import read_yaml

# What the recordings of networks depend on.
RECORDING = ("seed", "inputs", "samples", "perturbations", "task", "networks")
# What a network comes from, what that takes the place of, and the keys that go with the latter.
ORIGINS = {
    "train": ("checkpoint", ()),
    "checkpoint": ("train", ()),
    "factory": ("pretrained", ("arguments",)),
    "pretrained": ("factory", ("arguments", "train", "checkpoint")),
}
# Largest number of files that extend one another.
LONGEST_CHAIN = 20


def overlay(base: dict, changes: dict) -> dict:
    """Return the base with the changes: sections are merged, other values are replaced."""
    # Inputs of another domain have other keys, so that no inherited key is kept.
    if changes.get("domain", base.get("domain")) != base.get("domain"):
        return dict(changes)
    merged = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(base.get(key), dict)
        merged[key] = overlay(base[key], value) if both else value
    # A network has one origin: if a change names one, the other inherited ones are dropped.
    for origin, (rival, with_rival) in ORIGINS.items():
        if origin in changes and rival in base:
            for other in {rival, *with_rival} - changes.keys():
                merged.pop(other, None)
    return merged


def _without_dropped(content: dict, inherited: dict) -> dict:
    """Return the content without networks that are inherited and left out."""
    networks, known = content.get("networks"), inherited.get("networks")
    if not (isinstance(networks, dict) and isinstance(known, dict)):
        return content
    kept = {name: keys for name, keys in networks.items() if keys is not None or name not in known}
    return content | {"networks": kept}


def _recorded(experiment: Experiment, key: str) -> Any:
    """Return what the recordings depend on of a key: all of it but names for figures."""
    value = getattr(experiment, key)
    return value.decisive() if isinstance(value, Section) else value


class Experiments:
    """The experiment files of a folder. Each is read when it is needed, and then kept."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self._known: dict[str, Experiment] = {}

    def names(self) -> list[str]:
        """Return the names of all files in the folder, valid or not.

        Files whose name no experiment can have are left out.
        """
        stems = (path.stem for path in self.folder.glob("*.yaml"))
        return sorted(stem for stem in stems if not fault_of_experiment_name(stem))

    def get(self, name: str) -> Experiment:
        """Return a validated experiment; raise ``ConfigError`` with one line if it is wrong."""
        if name not in self._known:
            experiment = self._read(name)
            if experiment.recorded is not None:
                self._require_same(name, experiment)
            self._known[name] = experiment
        return self._known[name]

    def chosen(self, content: dict[str, Any], source: Path) -> list[str]:
        """Return the experiments that a ``config.yaml`` names, all of which exist."""
        names = read_model(source, Run, content).experiments
        for name in names:
            with about(f"{source}: experiments"):
                require_experiment_name(name)
            if name not in self.names():
                raise ConfigError(
                    f"{source}: experiments: no file {self.path(name)}; "
                    f"{nearest(name, self.names())}"
                )
        return names

    def network(self, key: str) -> Network:
        """Return the network of the key ``experiment/network``, or of a copy of it."""
        experiment, name = key.split("/")
        networks = self.get(experiment).networks
        name = name_of_original(name)
        if name not in networks:
            raise ConfigError(
                f"{self.path(experiment)}: no network {name!r}; {nearest(name, networks)}"
            )
        return networks[name]

    def select(self, condition: Callable[[Experiment, Network], object]) -> list[str]:
        """Return the keys ``experiment/network`` of all networks that fulfil a condition.

        ``condition`` takes the experiment and the network. An invalid file is left out here, so
        that it stops no run of another experiment; ``get`` raises its error.
        """
        keys = []
        for name in self.names():
            try:
                experiment = self.get(name)
            except ConfigError:
                continue
            keys += [
                f"{name}/{net}"
                for net, network in experiment.networks.items()
                if condition(experiment, network)
            ]
        return keys

    def path(self, name: str) -> Path:
        """Return the file of an experiment, whether it exists or not."""
        return self.folder / f"{name}.yaml"

    def _require_same(self, name: str, cut: Experiment) -> None:
        """Raise ``ConfigError`` if the recordings that an experiment takes differ from its own."""
        if cut.recorded is None:
            return
        if cut.recorded == name or cut.recorded not in self.names():
            raise ConfigError(
                f"{self.path(name)}: recorded: no other experiment {cut.recorded!r}; "
                f"{nearest(cut.recorded, [known for known in self.names() if known != name])}"
            )
        # Not by ``get``: two experiments that name each other would call it without end.
        other = self._read(cut.recorded)
        if other.recorded or not other.positions:
            raise ConfigError(
                f"{self.path(name)}: recorded: {cut.recorded} records no sequences of its own"
            )
        for key in RECORDING:
            if _recorded(cut, key) != _recorded(other, key):
                raise ConfigError(
                    f"{self.path(name)}: recorded: {cut.recorded} has other {key}; leave that "
                    f"out of this file, or `recorded`"
                )

    def _read(self, name: str) -> Experiment:
        return read_model(self.path(name), Experiment, self._content(name, ()))

    def _content(self, name: str, seen: tuple[str, ...]) -> dict[str, Any]:
        require_experiment_name(name)
        if name in seen:
            raise ConfigError(f"{self.path(name)}: extends itself: {' -> '.join((*seen, name))}")
        if len(seen) > LONGEST_CHAIN:
            raise ConfigError(f"{self.path(seen[0])}: extends more than {LONGEST_CHAIN} files")
        if not self.path(name).exists():
            raise ConfigError(f"{self.path(name)}: no such file; {nearest(name, self.names())}")
        content = read_yaml(self.path(name))
        base = content.pop("extends", None)
        if base is None:
            return content
        with about(f"{self.path(name)}: extends"):
            if not isinstance(base, str):
                raise ConfigError(f"{quoted(base)} names no experiment; one name, in quotes")
            inherited = self._content(base, (*seen, name))
        return _without_dropped(overlay(inherited, content), inherited)

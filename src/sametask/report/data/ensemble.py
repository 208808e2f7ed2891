"""What the page of an ensemble shows: its stores, opened together. Those not made are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sametask.neurons.shrinking.quality import Curve
from sametask.storage.store import Store, open_store, read_json

# Of these stores there may be several, by the name of the rule's input; this is their kind.
KINDS = {
    "ensembles": "ensemble",
    "gauges": "ensemble",
    "covariances": "covariances",
    "arrangement": "arrangement",
    "shrinking": "shrinking",
    "ssa": "ssa",
}
# Of these files there is one, or none.
FILES = ("truth", "circle", "sameness", "distillation")
# Networks as the source has them: other seeds, and no gauge.
SOURCE = "seeds-none"


@dataclass(frozen=True)
class Ensemble:
    """An ensemble of networks, and what was asked of its neurons.

    ``settings`` are its whole settings as JSON values. Stores are by name: ``ensembles`` by scheme;
    ``gauges`` by scheme and gauge, as in ``bootstrap/permutation``; ``covariances`` and
    ``arrangement`` by estimator; ``shrinking`` by the networks and method, as in
    ``bootstrap-permutation/rho1``. ``truth``, ``circle``, ``sameness`` and ``distillation`` are the
    contents of files, where they were made.
    """

    name: str
    settings: Mapping[str, Any]
    data: Store
    ensembles: Mapping[str, Store] = field(default_factory=dict)
    gauges: Mapping[str, Store] = field(default_factory=dict)
    covariances: Mapping[str, Store] = field(default_factory=dict)
    arrangement: Mapping[str, Store] = field(default_factory=dict)
    shrinking: Mapping[str, Store] = field(default_factory=dict)
    ssa: Store | None = None
    truth: Mapping[str, Any] | None = None
    circle: Mapping[str, Any] | None = None
    sameness: Mapping[str, Any] | None = None
    distillation: Mapping[str, Any] | None = None

    @property
    def layer(self) -> int:
        """The layer whose rows are the neurons, counted from 1."""
        return self.settings["neurons"]["layer"]

    @property
    def classifies(self) -> bool:
        """Whether quality is an accuracy; else it is a mean square error."""
        return self.data["wanted"].ndim == 1

    @property
    def scheme(self) -> str:
        """The scheme that everything rests on."""
        return self.settings["training"]["schemes"][0]

    @property
    def studied(self) -> Store | None:
        """The networks in the gauge that everything rests on, if there is one."""
        return self.gauges.get(f"{self.scheme}/{self.settings['neurons']['gauges'][-1]}")

    @property
    def seed(self) -> int:
        """The seed of everything that is drawn of the neurons, also of resamples."""
        return self.settings["neurons"]["seed"]

    @property
    def shrunk_layers(self) -> list[int]:
        """The layers of which neurons were merged or left out, in their order."""
        ways = (store.attributes["ways"] for store in self.shrinking.values())
        return sorted({int(layer) for some in ways for layer in some})

    def curves(self, layer: int) -> dict[str, Curve]:
        """Return quality over the neurons of a layer that are left, by method: our networks."""
        return self._curves(self._networks, layer)

    def source_curves(self, layer: int) -> dict[str, Curve]:
        """Return the same of networks as the source has them: other seeds, and no gauge.

        None where these are our networks.
        """
        return {} if self._networks == SOURCE else self._curves(SOURCE, layer)

    @property
    def _networks(self) -> str:
        return f"{self.scheme}-{self.settings['neurons']['gauges'][-1]}"

    def _curves(self, networks: str, layer: int) -> dict[str, Curve]:
        return {
            name.split("/")[1]: Curve.of(store, layer)
            for name, store in self.shrinking.items()
            if name.split("/")[0] == networks and str(layer) in store.attributes["ways"]
        }


def _name(kind: str, path: Path) -> str:
    """Return by what a store is called on the page: by the folders that say how it was made."""
    if kind == "ensembles":
        return path.parent.name
    if kind == "gauges":
        return f"{path.parents[1].name}/{path.stem}"
    return f"{path.parent.name}/{path.stem}" if kind == "shrinking" else path.stem


def read_ensemble(paths: Mapping[str, Any], settings: Mapping[str, Any]) -> Ensemble:
    """Open the stores of a rule's inputs; ``StoreError`` if one is of another kind.

    ``paths``: ``data``, and where there are any, lists of what ``KINDS`` and ``FILES`` name.
    ``settings``: those of the ensemble, with its ``name``.
    """
    stores: dict[str, Any] = {
        kind: {_name(kind, Path(path)): open_store(path, stored) for path in paths.get(kind, ())}
        for kind, stored in KINDS.items()
    }
    stores["ssa"] = next(iter(stores["ssa"].values()), None)
    files: dict[str, Any] = {
        name: next(map(read_json, paths.get(name, ())), None) for name in FILES
    }
    data = open_store(paths["data"], "ensemble data")
    return Ensemble(settings["name"], settings, data, **stores, **files)

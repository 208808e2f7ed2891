"""A population on disk: weights of networks at their checkpoints, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from sametask.base.errors import StoreError
from sametask.populations.layout import LayerWeights, read_layers
from sametask.storage.store import Store, Writer, open_store

# The halves that every population is divided into, by network.
SPLITS = ("train", "test")
NETWORK, CHECKPOINT = ["network"], ["network", "checkpoint"]
FIGURES = [f"{part}/{figure}" for part in SPLITS for figure in ("accuracy", "loss")]


@dataclass(frozen=True)
class Facts:
    """What is known of n networks beside their weights.

    ``epochs`` (E,) of the checkpoints; ``layers``; ``split`` (n,) as places in ``SPLITS``;
    ``classes``: by name, the values that occur and the place (n,) of each network's own among them;
    ``numbers``: by name, a number (n,) of each network.
    """

    epochs: np.ndarray
    layers: Sequence[LayerWeights]
    split: np.ndarray
    classes: Mapping[str, tuple[list[str], np.ndarray]]
    numbers: Mapping[str, np.ndarray]

    def write(self, writer: Writer) -> None:
        """Write it beside the weights of a population."""
        writer.array("epoch", self.epochs, ["checkpoint"])
        writer.array("split", self.split, NETWORK)
        for name, (_, places) in self.classes.items():
            writer.array(f"classes/{name}", places.astype(np.int8), NETWORK)
        for name, values in self.numbers.items():
            writer.array(f"numbers/{name}", values, NETWORK)
        writer.attributes |= {
            "layers": [layer.plain() for layer in self.layers],
            "classes": {name: values for name, (values, _) in self.classes.items()},
            "numbers": list(self.numbers),
            "splits": list(SPLITS),
        }


class StoredPopulation:
    """A population that is read from its store.

    Checkpoints that are not ``present`` have weights and figures of no meaning.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.epochs: np.ndarray = store["epoch"]
        self.split: np.ndarray = store["split"]
        self.present: np.ndarray = store["present"]
        self.classes: dict[str, list[str]] = store.attributes["classes"]
        self.numbers: list[str] = store.attributes["numbers"]

    @classmethod
    def read(cls, path: str | Path) -> StoredPopulation:
        """Open ``population.zarr``."""
        return cls(open_store(path, "population"))

    @cached_property
    def layers(self) -> list[LayerWeights]:
        """The layers of every network."""
        return read_layers(self.store.attributes["layers"], self.store.lazy("weights").shape[-1])

    @cached_property
    def weights(self) -> np.ndarray:
        """The weights (n, E, P), in single precision."""
        return self.store["weights"]

    def figure(self, name: str) -> np.ndarray:
        """Return a figure (n, E) of every checkpoint, one of ``FIGURES``."""
        return self.store[name].astype(float)

    def places(self, name: str) -> np.ndarray:
        """Return the place (n,) of each network's value in ``classes[name]``.

        ``StoreError`` if the networks are not told apart by ``name``.
        """
        if name not in self.classes:
            raise StoreError(f"{self.store.path}: nothing says the {name} of the networks")
        return self.store[f"classes/{name}"].astype(int)

    def values(self, name: str) -> list[str]:
        """Return the value of each network: its activation, for example."""
        return [self.classes[name][place] for place in self.places(name)]

"""Codes on disk: those of all networks, and the autoencoder that they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from sametask.config.sections.codes_section import Codes
from sametask.populations.layout import LayerWeights
from sametask.populations.stored import StoredPopulation
from sametask.storage.related import require_parents
from sametask.storage.store import Store, Writer, open_store
from sametask.weights.attention import SIZES
from sametask.weights.autoencoders import Autoencoder, autoencoder_named

PARAMETERS = "parameters/"


def write_parameters(writer: Writer, model: Autoencoder) -> None:
    """Write the parameters of an autoencoder into a store."""
    for name, values in model.state_dict().items():
        writer.array(f"{PARAMETERS}{name}", values.cpu(), [])


class StoredCodes:
    """The codes (n, E, c) of an autoencoder, and itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.name: str = store.attributes["autoencoder"]
        self.named = autoencoder_named(self.name)
        self.settings = Codes(**store.attributes["settings"])

    @classmethod
    def read(cls, path: str | Path, population: StoredPopulation) -> StoredCodes:
        """Open ``codes/{autoencoder}.zarr``; ``StoreError`` if it is of another population."""
        store = open_store(path, "codes")
        require_parents(store, population=population.store.digest)
        return cls(store)

    @property
    def code(self) -> np.ndarray:
        """The codes (n, E, c) of all checkpoints."""
        return self.store["code"]

    def autoencoder(self, layers: Sequence[LayerWeights]) -> Autoencoder:
        """Return the autoencoder as it was trained, on networks with these ``layers``."""
        model = self.named.built(layers, self.settings.numbers, SIZES[self.settings.size])
        names = [name for name in self.store.arrays if name.startswith(PARAMETERS)]
        state = {
            name.removeprefix(PARAMETERS): torch.from_numpy(self.store[name]) for name in names
        }
        model.load_state_dict(state)
        return model.eval()


def weights_in(frame: str, population: StoredPopulation, paths: Mapping[str, str]) -> np.ndarray:
    """Return the weights (n, E, P) as they are (``raw``), or those of ``paths["aligned"]``.

    ``StoreError`` if the aligned ones are those of another population.
    """
    if frame == "raw":
        return population.weights
    aligned = open_store(paths["aligned"], "aligned")
    require_parents(aligned, population=population.store.digest)
    return aligned["weights"]

"""What is seen of every checkpoint: its weights, or statistics of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sametask.populations.stored import StoredPopulation
from sametask.storage.related import require_related
from sametask.storage.store import Store, open_store
from sametask.weights.statistics import chosen

WEIGHTS = "weights"


@dataclass(frozen=True)
class Seen:
    """The ``stores`` of a population, and of statistics of its weights where they are needed.

    ``variant`` says which seven statistics are used, one of ``statistics.VARIANTS``.
    """

    stores: Mapping[str, Store]
    variant: str
    population: StoredPopulation

    @classmethod
    def read(cls, paths: Mapping[str, str], variant: str) -> Seen:
        """Open stores by their kind; ``StoreError`` if they are of two populations."""
        stores = {kind: open_store(path, kind) for kind, path in paths.items()}
        require_related(stores)
        return cls(stores, variant, StoredPopulation(stores["population"]))

    @property
    def parents(self) -> dict[str, str]:
        """The digests of the stores, by kind."""
        return {kind: store.digest for kind, store in self.stores.items()}

    def of(self, what: str) -> np.ndarray:
        """Return the weights (n, E, P), or the statistics (n, E, q) of one of their scopes."""
        if what == WEIGHTS:
            return self.population.weights
        return chosen(self.stores["statistics"][what], self.variant)

"""Which initialiser drew the weights of an untrained network? The best that anyone can tell.

Before the training, weights are independent draws from a known density for each initialiser and
layer. With all initialisers equally frequent, no answer is right more often than the most likely
one (Bayes): nothing that is learned from weights at epoch 0 can beat it, but by chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError, nearest, quoted
from sametask.base.randomness import derived_seed
from sametask.populations.initialisers import INITIALISERS, distribution
from sametask.populations.layout import LayerWeights
from sametask.populations.stored import StoredPopulation
from sametask.weights.scores import Score, confusion, macro_f1

# Fresh networks that are drawn by every initialiser.
SIMULATED = 2000


@dataclass(frozen=True)
class Limit:
    """How often networks of each initialiser are told to be of each: ``confusion`` (true, told)."""

    confusion: np.ndarray
    f1: Score

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"confusion": self.confusion.astype(int).tolist(), "f1": self.f1.plain()}


def log_likelihoods(
    weights: Tensor, layers: Sequence[LayerWeights], initialisers: Sequence[str]
) -> Tensor:
    """Return log p(weights | initialiser) (n, k) of networks (n, P): a sum over all kernels.

    Biases are not drawn, and say nothing.
    """
    found = weights.new_zeros(len(weights), len(initialisers), dtype=torch.float64)
    for layer in layers:
        kernel = weights[:, torch.from_numpy(layer.kernel.ravel())]
        for place, name in enumerate(initialisers):
            density = distribution(name, layer.kernel.shape).log_density(kernel)
            found[:, place] += density.double().sum(dim=1)
    return found


def _known(population: StoredPopulation) -> tuple[list[str], np.ndarray]:
    """Return the initialisers of a population, and the place (n,) of each network's own.

    Raises ``DataError`` unless all densities are known, and networks are stored untrained.
    """
    path, places = population.store.path, population.places("initialiser")
    names = population.classes["initialiser"]
    for name in names:
        if name not in INITIALISERS:
            raise DataError(
                f"{path}: the density of {quoted(name)} is not known; {nearest(name, INITIALISERS)}"
            )
    if population.epochs[0] != 0:
        raise DataError(f"{path}: the first checkpoint is of epoch {population.epochs[0]}, not 0")
    return names, places


def _judged(told: Tensor, wanted: np.ndarray, classes: int, seed: int) -> Limit:
    """Return how often the initialisers that are ``told`` (n,) are the ``wanted`` ones (n,)."""
    there = np.ones((len(wanted), 1), bool)
    counts = confusion(told.numpy()[:, None], wanted[:, None], there, classes)
    return Limit(counts.sum(axis=0), macro_f1(counts, seed))


def stored_limit(population: StoredPopulation, networks: np.ndarray, seed: int) -> Limit:
    """Return how well initialisers are told from the stored weights of some networks at epoch 0.

    ``StoreError`` if the initialisers of the networks are not stored, ``DataError`` if the density
    of one is not known, or there is no epoch 0.
    """
    names, places = _known(population)
    there = networks[population.present[networks, 0]]
    weights = torch.from_numpy(population.weights[there, 0])
    told = log_likelihoods(weights, population.layers, names).argmax(dim=1)
    return _judged(told, places[there], len(names), seed)


def _drawn(name: str, layers: Sequence[LayerWeights], weights: int, seed: int) -> Tensor:
    """Return ``SIMULATED`` networks (s, P) whose kernels are drawn by an initialiser."""
    random = torch.Generator().manual_seed(derived_seed(seed, f"networks by {name}"))
    networks = torch.zeros(SIMULATED, weights)
    for layer in layers:
        shape = layer.kernel.shape
        kernels = distribution(name, shape).draw((SIMULATED, *shape), random)
        networks[:, torch.from_numpy(layer.kernel.ravel())] = kernels.flatten(1)
    return networks


def simulated_limit(population: StoredPopulation, seed: int) -> Limit:
    """Return how well initialisers are told of ``SIMULATED`` fresh networks of each.

    Errors as of ``stored_limit``.
    """
    names, _ = _known(population)
    layers, weights = population.layers, population.weights.shape[-1]
    told = [
        log_likelihoods(_drawn(name, layers, weights, seed), layers, names).argmax(dim=1)
        for name in names
    ]
    wanted = np.repeat(np.arange(len(names)), SIMULATED)
    return _judged(torch.cat(told), wanted, len(names), seed)

"""Clusters of neurons that may be merged: by their means, as Gaussians, by distances alone."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.cluster.hierarchy import cut_tree, linkage
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from sametask.base.randomness import derived_seed

# Random starts of k-means, and rounds of k-medoids.
STARTS, ROUNDS = 5, 100


def k_means(means: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return so many clusters (K,) of neurons by their means (K, d): those of ρ₁."""
    state = derived_seed(seed, "clusters of means") % 2**32
    with warnings.catch_warnings():
        # Neurons that coincide leave clusters empty, and these make no neuron.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(count, n_init=STARTS, random_state=state).fit(means).labels_


def k_medoids(distances: np.ndarray, count: int) -> np.ndarray:
    """Return so many clusters (K,) of neurons by any distances (K, K): each about one neuron.

    Medoids are taken one by one, each that which lowers Σ of distances to the nearest most, and
    then change places with other neurons while that lowers the sum (PAM; Kaufman & Rousseeuw 1990).
    """
    medoids: list[int] = []
    nearest = np.full(len(distances), np.inf)
    for _ in range(count):
        sums = np.minimum(nearest[:, None], distances).sum(axis=0)
        sums[medoids] = np.inf
        medoids.append(int(sums.argmin()))
        nearest = np.minimum(nearest, distances[:, medoids[-1]])
    for _ in range(ROUNDS):
        swapped = _swapped(distances, medoids)
        if swapped is None:
            break
        medoids = swapped
    return distances[:, medoids].argmin(axis=1)


def _swapped(distances: np.ndarray, medoids: list[int]) -> list[int] | None:
    """Return the medoids after the change that lowers the sum most; ``None`` if none does."""
    best, found = distances[:, medoids].min(axis=1).sum(), None
    for place in range(len(medoids)):
        others = medoids[:place] + medoids[place + 1 :]
        nearest = distances[:, others].min(axis=1, initial=np.inf)
        sums = np.minimum(nearest[:, None], distances).sum(axis=0)
        if sums.min() < best * (1 - 1e-12):
            best, found = sums.min(), [*others, int(sums.argmin())]
    return found


def own_clusters(rows: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return clusters (n, K, sizes) of each network's own rows (n, K, d), of each size.

    Two clusters are merged again and again, those that raise Σ ρ₁ to the centres least (Ward 1963).
    One tree holds the clusters of all sizes.
    """
    if rows.shape[1] == 1:
        return np.zeros((len(rows), 1, len(sizes)), int)
    found = np.stack([cut_tree(linkage(each, "ward"), sizes) for each in rows])
    # SciPy cuts a tree into as many clusters as there are rows as if one were asked for.
    found[..., sizes == rows.shape[1]] = np.arange(rows.shape[1])[:, None]
    return found

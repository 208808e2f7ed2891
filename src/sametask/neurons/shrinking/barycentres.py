"""k-means of neurons as Gaussians, by the Wasserstein distance: centres are barycentres."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sametask.base.randomness import generator
from sametask.neurons.arrangement.distances import roots, squared_wasserstein
from sametask.neurons.moments import Moments

# Rounds of assigning and averaging, steps of a barycentre, and random starts.
ROUNDS, STEPS, STARTS = 50, 100, 3
# Barycentres have settled when their covariances move by a smaller share than this.
SETTLED = 1e-9


@dataclass(frozen=True)
class Clusters:
    """The cluster (K,) of each neuron, and Σ ρ₂ to the nearest centre after every round."""

    labels: np.ndarray
    objective: list[float]


def _means(values: np.ndarray, labels: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the mean over each of some clusters, which are not empty, of values (K, …)."""
    sums = np.stack([values[labels == one].sum(axis=0) for one in clusters])
    counts = np.bincount(labels)[clusters]
    return sums / counts.reshape(-1, *[1] * (values.ndim - 1))


def barycentres(moments: Moments, labels: np.ndarray, clusters: np.ndarray) -> Moments:
    """Return the Wasserstein barycentre of each of some clusters of neurons.

    Its covariance is the fixed point of S ← S^-½ (1/n Σᵢ (S^½ Σᵢ S^½)^½)² S^-½, which begins with
    the mean of the covariances Σᵢ, so that it spans what they span (Álvarez-Esteban et al., J.
    Math. Anal. Appl. 441 (2016) 744).
    """
    chosen = np.isin(labels, clusters)
    own = np.searchsorted(clusters, labels[chosen])
    every, covariances = np.arange(len(clusters)), moments.covariance[chosen]
    centres = _means(covariances, own, every)
    for _ in range(STEPS):
        root = roots(centres)
        inverse = np.linalg.pinv(root, hermitian=True)
        mean = _means(roots(root[own] @ covariances @ root[own]), own, every)
        moved = inverse @ mean @ mean @ inverse
        step = np.linalg.norm(moved - centres)
        centres = (moved + moved.swapaxes(1, 2)) / 2
        if step <= SETTLED * np.linalg.norm(centres):
            break
    return Moments(_means(moments.mean[chosen], own, every), centres)


def _seeded(distances: np.ndarray, count: int, draw: np.random.Generator) -> np.ndarray:
    """Return the first centres, each drawn by ρ₂ to those before it: k-means++."""
    chosen = [int(draw.integers(len(distances)))]
    while len(chosen) < count:
        odds = distances[:, chosen].min(axis=1)
        odds[chosen] = 0.0
        if not odds.sum() > 0:
            # All others coincide with a centre: any of them will do.
            odds = (~np.isin(np.arange(len(distances)), chosen)).astype(float)
        chosen.append(int(draw.choice(len(odds), p=odds / odds.sum())))
    return np.array(chosen)


def _settled(moments: Moments, apart: np.ndarray) -> Clusters:
    """Return the clusters that centres settle at, from distances (K, k) to the first centres.

    In each round, neurons go to the nearest centre, and centres to the barycentres of their
    neurons; a centre that is better than what the steps arrive at stays. So no round raises the
    objective.
    """
    apart = apart.copy()
    labels, objective = np.full(len(apart), -1), []
    for _ in range(ROUNDS):
        found = apart.argmin(axis=1)
        objective.append(float(apart.min(axis=1).sum()))
        moved = found != labels
        if not moved.any():
            break
        changed = np.intersect1d(np.concatenate([found[moved], labels[moved]]), found)
        labels = found
        tried = squared_wasserstein(moments, barycentres(moments, labels, changed))
        for place, cluster in enumerate(changed):
            own = labels == cluster
            if tried[own, place].sum() < apart[own, cluster].sum():
                apart[:, cluster] = tried[:, place]
    return Clusters(labels, objective)


def wasserstein_k_means(moments: Moments, distances: np.ndarray, count: int, seed: int) -> Clusters:
    """Return so many clusters of neurons that minimise Σ ρ₂ to the nearest barycentre.

    The best of several starts. ``distances`` (K, K) are ρ₂ between neurons. Neurons that coincide
    may leave a cluster empty.
    """
    draw = generator(seed, "clusters of neurons", count)
    found = [
        _settled(moments, distances[:, _seeded(distances, count, draw)]) for _ in range(STARTS)
    ]
    return min(found, key=lambda clusters: clusters.objective[-1])

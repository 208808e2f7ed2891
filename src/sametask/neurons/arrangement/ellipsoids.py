"""Neurons as ellipsoids that hold 95 % of a Gaussian, and the density of all of them in a plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from sametask.neurons.arrangement.distances import require_finite
from sametask.neurons.moments import Moments

# The share of a neuron's probability inside its ellipsoid.
CONFIDENCE = 0.95
# Points of the grid of densities along each axis, and how many standard deviations beyond the
# outermost neurons it reaches.
POINTS, REACH = 161, 5.0


@dataclass(frozen=True)
class Ellipsoids:
    """Ellipsoids of K neurons in k dimensions.

    ``centres`` (K, k); the rows of ``axes`` (K, k, k) are unit vectors, the longest axis first;
    ``radii`` (K, k) are their half lengths.
    """

    centres: np.ndarray
    axes: np.ndarray
    radii: np.ndarray


@dataclass(frozen=True)
class Density:
    """The mixture of all neurons, with equal weights, on a grid of a plane.

    ``values`` (u, a) at ``up`` (u,) and ``across`` (a,); ``area`` is the integral over the grid, 1
    but for what lies outside; ``widened`` is the number of neurons that are narrower than a step of
    the grid in some direction, and are drawn as wide as a step there.
    """

    across: np.ndarray
    up: np.ndarray
    values: np.ndarray
    area: float
    widened: int


def principal_directions(means: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the directions (k, d) in which means (K, d) vary most, and their shares of variance.

    k is ``count``, or fewer if the means have no more dimensions. The largest entry of a direction
    is positive, so that it does not depend on the machine. Shares are 0 where no means differ.
    """
    _, spread, directions = np.linalg.svd(means - means.mean(axis=0), full_matrices=False)
    largest = np.abs(directions).argmax(axis=1)
    directions = directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]
    variance = spread**2
    return directions[:count], variance[:count] / max(variance.sum(), np.finfo(float).tiny)


def projected(moments: Moments, directions: np.ndarray) -> Moments:
    """Return neurons in the coordinates of orthonormal directions (k, d)."""
    covariance = directions @ moments.covariance @ directions.T
    return Moments(moments.mean @ directions.T, covariance, moments.facts)


def ellipsoids(moments: Moments) -> Ellipsoids:
    """Return {x: (x − m)ᵀ Σ⁻¹ (x − m) ≤ χ²_{.95, d}} of neurons in d dimensions.

    Eigenvalues below 0 are round-off; where Σ is singular, an axis has no length.
    """
    require_finite(moments)
    values, vectors = np.linalg.eigh(moments.covariance)
    size = chi2.ppf(CONFIDENCE, moments.mean.shape[1])
    radii = np.sqrt(size * np.clip(values, 0, None))
    return Ellipsoids(moments.mean, vectors.swapaxes(1, 2)[:, ::-1], radii[:, ::-1])


def coverage(moments: Moments, neurons: np.ndarray) -> np.ndarray:
    """Return which share (K,) of networks has a neuron (n, K, d) inside its own 95 % ellipsoid.

    Where a covariance has rank r < d, distance and χ²_{.95, r} are of the directions with variance.
    """
    require_finite(moments)
    apart = neurons - moments.mean
    inverse = np.linalg.pinv(moments.covariance, hermitian=True)
    distance = np.einsum("nkv,kvw,nkw->nk", apart, inverse, apart)
    rank = np.linalg.matrix_rank(moments.covariance, hermitian=True)
    return (distance <= chi2.ppf(CONFIDENCE, np.maximum(rank, 1))).mean(axis=0)


def _grid(centres: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return points along an axis that hold neurons with standard deviations ``spread`` (K,)."""
    low, high = (centres - REACH * spread).min(), (centres + REACH * spread).max()
    # Neurons that all lie at one place without a spread still have some room.
    room = 0.5 if high <= low else 0.05 * (high - low)
    return np.linspace(low - room, high + room, POINTS)


def density(moments: Moments) -> Density:
    """Return the density of the mixture of neurons in two dimensions, on a grid.

    A standard deviation is at least a step of the grid: then sums over the grid are integrals to
    eight digits. Raises ``DataError`` where moments are no numbers.
    """
    require_finite(moments)
    spread = np.sqrt(np.clip(np.diagonal(moments.covariance, axis1=1, axis2=2), 0, None))
    across, up = (_grid(moments.mean[:, axis], spread[:, axis]) for axis in (0, 1))
    steps = np.array([across[1] - across[0], up[1] - up[0]])
    # In steps of the grid, what is too narrow has an eigenvalue below 1.
    values, vectors = np.linalg.eigh(moments.covariance / steps / steps[:, None])
    widened = int((values < 1).any(axis=1).sum())
    values = np.maximum(values, 1)
    points = np.stack(np.meshgrid(across, up), axis=-1)
    total = np.zeros(points.shape[:2])
    for mean, size, turn in zip(moments.mean, values, vectors, strict=True):
        apart = ((points - mean) / steps) @ turn
        total += np.exp(-0.5 * (apart**2 / size).sum(axis=-1)) / np.sqrt(size.prod())
    total /= 2 * np.pi * len(values) * steps.prod()
    return Density(across, up, total, float(total.sum() * steps.prod()), widened)

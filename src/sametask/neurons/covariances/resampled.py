"""Means and covariances of neurons over the networks of an ensemble, with shrinkage."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.covariance import ledoit_wolf_shrinkage, oas

from sametask.base.errors import DataError
from sametask.neurons.moments import Moments

# How strongly rows (N, d) without their mean ask to be shrunk: from 0 to 1.
SHRINKAGE: dict[str, Callable[[np.ndarray], float]] = {
    "none": lambda rows: 0.0,
    "ledoit-wolf": lambda rows: float(ledoit_wolf_shrinkage(rows, assume_centered=True)),
    "oas": lambda rows: float(oas(rows, assume_centered=True)[1]),
}


def _norms(matrices: np.ndarray) -> np.ndarray:
    """Return ‖M‖²_F of each matrix."""
    return np.square(matrices).sum(axis=(-2, -1))


def effective_runs(
    centred: np.ndarray, covariance: np.ndarray, shrunk: np.ndarray, amount: np.ndarray
) -> np.ndarray:
    """Return how many Gaussian runs would give a sample covariance as exact as each of K is.

    Of N runs, the sample covariance S misses Σ by E‖S − Σ‖² = β², which is estimated by
    Σ‖z zᵀ − S‖² / (N (N − 1)) from centred rows z: heavy tails make it large. Shrinkage by the best
    amount ρ leaves (1 − ρ) β² of it (Ledoit and Wolf 2004). Gaussian runs have
    β² = (‖Σ‖² + tr²Σ) / (N − 1), which is solved for N. Of what is shrunk altogether, it is N².
    ``centred`` (N, K, d), covariances (K, d, d), ``amount`` (K,).
    """
    runs = len(centred)
    fourth = np.square(np.square(centred).sum(axis=-1)).mean(axis=0)
    missed = np.maximum(fourth - _norms(covariance), 0) / (runs - 1)
    spread = _norms(shrunk) + np.square(np.trace(shrunk, axis1=1, axis2=2))
    left = np.maximum((1 - amount) * missed, spread / runs**2)
    return np.where(spread > 0, 1 + spread / np.where(spread > 0, left, 1.0), runs)


def resampled(rows: np.ndarray, shrinkage: str, factor: float = 1.0) -> Moments:
    """Return the moments of neurons with rows (N, K, d), one for each network that is present.

    The covariance is S = Σ (w − w̄)(w − w̄)ᵀ / (N − 1), shrunk to (1 − ρ) S + ρ (tr S / d) I with ρ
    by ``shrinkage``, times the ``factor`` that the scheme asks for: networks of a jackknife are too
    much alike. Raises ``DataError`` if there are fewer than two networks, or numbers that are not finite.
    """
    count, _, size = rows.shape
    if count < 2:
        raise DataError(f"a covariance takes two networks, but {count} did not diverge")
    if not np.isfinite(rows).all():
        raise DataError("a network that counts as present has weights that are not finite")
    rows = rows.astype(float)
    mean = rows.mean(axis=0)
    centred = rows - mean
    covariance = np.einsum("nki,nkj->kij", centred, centred) / (count - 1)
    amount = np.array([SHRINKAGE[shrinkage](one) for one in centred.transpose(1, 0, 2)])
    round_ = np.trace(covariance, axis1=1, axis2=2)[:, None, None] / size * np.eye(size)
    shrunk = covariance + amount[:, None, None] * (round_ - covariance)
    facts = _facts(centred, covariance, shrunk, amount)
    return Moments(mean, factor * shrunk, facts)


def _facts(
    centred: np.ndarray, covariance: np.ndarray, shrunk: np.ndarray, amount: np.ndarray
) -> dict[str, Any]:
    count, _, size = centred.shape
    facts: dict[str, Any] = {
        "networks": count,
        "runs": float(np.median(effective_runs(centred, covariance, shrunk, amount))),
        "shrinkage": float(np.median(amount)),
    }
    if count <= size:
        facts["warning"] = (
            f"{count} networks, but a neuron has {size} weights: without shrinkage the covariance "
            "is singular"
        )
    return facts

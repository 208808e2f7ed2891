"""Distances between neurons as Gaussians N(m, Σ). All are squared, symmetric, and 0 to oneself.

Source: the distances ρ₁ and ρ₂ of the draft of Nasyrov and Strijov (``docs/neurons.md``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sametask.base.errors import DataError
from sametask.neurons.moments import Moments


def require_finite(moments: Moments) -> None:
    """Raise ``DataError`` if a mean or covariance has a value that is no number."""
    good = np.isfinite(moments.mean).all(axis=1) & np.isfinite(moments.covariance).all(axis=(1, 2))
    if not good.all():
        raise DataError(
            f"neuron {int(np.argmin(good)) + 1} of {len(good)}: its mean or covariance has values "
            f"that are no numbers, as {(~good).sum()} in all; leave out members that diverged"
        )


def singular(covariance: np.ndarray) -> np.ndarray:
    """Return which of the covariances (K, d, d) have no inverse in double precision."""
    rank = np.linalg.matrix_rank(covariance, hermitian=True)
    return rank < covariance.shape[-1]


def roots(covariance: np.ndarray) -> np.ndarray:
    """Return the symmetric square roots Σ^½ (K, d, d); eigenvalues below 0 are round-off: 0."""
    values, vectors = np.linalg.eigh(covariance)
    scaled = vectors * np.sqrt(np.clip(values, 0, None))[:, None, :]
    return scaled @ vectors.swapaxes(1, 2)


def squared_euclidean(one: Moments, other: Moments) -> np.ndarray:
    """Return ρ₁ = ‖m₁ − m₂‖² (K, L) of K neurons to L others."""
    apart = one.mean[:, None] - other.mean[None]
    return np.einsum("klv,klv->kl", apart, apart)


def squared_wasserstein(one: Moments, other: Moments) -> np.ndarray:
    """Return ρ₂ (K, L) of K neurons to L others: the squared 2-Wasserstein distance of Gaussians.

    ρ₂ = ‖m₁ − m₂‖² + Tr(Σ₁ + Σ₂ − 2 (Σ₁^½ Σ₂ Σ₁^½)^½). The trace of the last root is the sum of the
    singular values of Σ₁^½ Σ₂^½, which keeps full precision where a covariance is singular. Rows
    are computed one by one: K L d² numbers may not fit into memory.
    """
    require_finite(one)
    require_finite(other)
    others = roots(other.covariance)
    overlap = [
        np.linalg.svd(root @ others, compute_uv=False).sum(axis=1) for root in roots(one.covariance)
    ]
    traces = [np.trace(each.covariance, axis1=1, axis2=2) for each in (one, other)]
    spread = traces[0][:, None] + traces[1][None] - 2 * np.array(overlap)
    return squared_euclidean(one, other) + np.clip(spread, 0, None)


def squared_mahalanobis(one: Moments, other: Moments) -> np.ndarray:
    """Return Δᵀ ((Σ₁ + Σ₂) / 2)⁺ Δ (K, L), Δ = m₁ − m₂, with the pseudo-inverse.

    Where the mean of both covariances is singular, what differs in a direction without variance is
    not seen.
    """
    require_finite(one)
    require_finite(other)
    rows = []
    for mean, covariance in zip(one.mean, one.covariance, strict=True):
        apart = mean - other.mean
        inverse = np.linalg.pinv((covariance + other.covariance) / 2, hermitian=True)
        rows.append(np.einsum("lv,lvw,lw->l", apart, inverse, apart))
    return np.array(rows)


def symmetric_divergence(one: Moments, other: Moments) -> np.ndarray:
    """Return (KL(1‖2) + KL(2‖1)) / 2 (K, L), in nats; infinite where a covariance is singular.

    It is ¼ [Tr(Σ₂⁻¹Σ₁) + Tr(Σ₁⁻¹Σ₂) − 2d + Δᵀ(Σ₁⁻¹ + Σ₂⁻¹)Δ]: the determinants cancel.
    """
    require_finite(one)
    require_finite(other)
    lost = [singular(each.covariance) for each in (one, other)]
    inverses = [np.linalg.pinv(each.covariance, hermitian=True) for each in (one, other)]
    traces = np.einsum("kvw,lwv->kl", one.covariance, inverses[1])
    traces += np.einsum("kvw,lwv->kl", inverses[0], other.covariance)
    rows = []
    for mean, inverse in zip(one.mean, inverses[0], strict=True):
        apart = mean - other.mean
        rows.append(np.einsum("lv,lvw,lw->l", apart, inverse + inverses[1], apart))
    found = (traces - 2 * one.mean.shape[1] + np.array(rows)) / 4
    return np.where(lost[0][:, None] | lost[1][None], np.inf, np.clip(found, 0, None))


METRICS: Mapping[str, Callable[[Moments, Moments], np.ndarray]] = {
    "euclidean": squared_euclidean,
    "wasserstein": squared_wasserstein,
    "mahalanobis": squared_mahalanobis,
    "kl": symmetric_divergence,
}


def between(moments: Moments, metric: str) -> np.ndarray:
    """Return the distances (K, K) between all neurons by one of ``METRICS``.

    Round-off is taken out: they are symmetric, and exactly 0 on the diagonal.
    """
    require_finite(moments)
    found = METRICS[metric](moments, moments)
    found = (found + found.T) / 2
    np.fill_diagonal(found, 0.0)
    return found

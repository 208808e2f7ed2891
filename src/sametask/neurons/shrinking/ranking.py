"""Orders of neurons, from those that are left out last to those that are left out first."""

from __future__ import annotations

import numpy as np
import torch
from scipy.linalg import qr
from torch import Tensor

from sametask.neurons.moments import Moments
from sametask.neurons.shrinking.original import Original
from sametask.neurons.shrinking.simplex import convex, minimise


def certainty(moments: Moments) -> np.ndarray:
    """Return mᵀ Σ⁻¹ m (K,): how far from 0 each neuron is, in its standard deviations, squared.

    Where a covariance is singular, its pseudo-inverse is taken.
    """
    inverse = np.linalg.pinv(moments.covariance, hermitian=True)
    return np.einsum("kv,kvw,kw->k", moments.mean, inverse, moments.mean)


def by_certainty(original: Original) -> Tensor:
    """Return the order (n, K) in which neurons that are hardly known go first, for all networks."""
    order = torch.from_numpy(np.argsort(-certainty(original.moments), kind="stable"))
    return order.expand(len(original.rows), -1)


def by_magnitude(original: Original) -> Tensor:
    """Return the order (n, K) by the lengths of the weights into and out of each, multiplied."""
    size = original.rows.norm(dim=-1) * original.out.norm(dim=-1)
    return size.argsort(dim=-1, descending=True, stable=True)


def by_collinearity(original: Original) -> Tensor:
    """Return the order (n, K) in which neurons that others can stand for go first.

    The next neuron is that whose activation on the rows, times the length of the weights out of it,
    is farthest from the span of those before: QR decomposition with pivots.
    """
    centred = original.activations - original.activations.mean(dim=1, keepdim=True)
    scaled = centred * original.out.norm(dim=-1)[:, None]
    pivots = [qr(each, mode="r", pivoting=True, check_finite=False)[1] for each in scaled.numpy()]
    return torch.from_numpy(np.array(pivots)).long()


def _correlated(activations: Tensor, others: Tensor) -> Tensor:
    """Return |r| (n, K, p) between activations (n, s, K) and others (n, s, p); 0 of constants."""

    def unit(values: Tensor) -> Tensor:
        centred = values - values.mean(dim=1, keepdim=True)
        norm = centred.norm(dim=1, keepdim=True)
        return torch.where(norm > 1e-12, centred / norm.clamp_min(1e-12), 0.0)

    return (unit(activations).mT @ unit(others)).abs()


def _by_qpfs(original: Original, redundancy: Tensor) -> Tensor:
    """Return the order (n, K) of z* = argmin zᵀQz − α bᵀz on the simplex.

    Q (n, K, K) is the ``redundancy``; where it is not convex, its least eigenvalue is raised to 0.
    The relevance b is |r| between activations and what is wanted, summed over outputs, and
    α = mean Q / (mean Q + mean b). Among neurons with z = 0, b decides. Source: quadratic
    programming feature selection (Rodriguez-Lujan et al., J. Mach. Learn. Res. 11 (2010) 1491).
    """
    relevance = _correlated(original.activations, original.wanted[None]).sum(dim=-1)
    mean = redundancy.mean(dim=(1, 2))[:, None]
    weight = mean / (mean + relevance.mean(dim=1, keepdim=True))
    chosen = minimise(convex(redundancy), weight * relevance)
    return torch.from_numpy(np.lexsort((-relevance.numpy(), -chosen.numpy()), axis=-1))


def by_qpfs(original: Original) -> Tensor:
    """Return the order (n, K) by QPFS; Q are the |r| between activations."""
    redundancy = _correlated(original.activations, original.activations)
    redundancy.diagonal(dim1=1, dim2=2).fill_(1.0)
    return _by_qpfs(original, redundancy)


def by_wasserstein_qpfs(original: Original) -> Tensor:
    """Return the order (n, K) by QPFS; Q = exp(−ρ₂ / median), the same for all networks."""
    apart = torch.from_numpy(original.distances)
    others = apart[~torch.eye(len(apart), dtype=torch.bool)]
    scale = others.median() if len(others) else torch.tensor(1.0)
    redundancy = torch.exp(-apart / scale.clamp_min(1e-12))
    return _by_qpfs(original, redundancy.expand(len(original.rows), -1, -1))

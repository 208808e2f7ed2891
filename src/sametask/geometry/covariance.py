"""Local geometry of an activation manifold: covariances, their rank, Mahalanobis distances.

The inputs around sample i are perturbed with standard deviation σ = δ/4. The covariance of the
activations is then Σ_i ≈ σ² J_i J_iᵀ with J_i = ∂h/∂x at the sample. Its inverse on the leading r
directions is W_i W_iᵀ with the whitening W_i = V_r Λ_r^(-1/2). Distances with this metric measure
how far two *inputs* are apart, whatever the network does to them (Singer & Coifman, "Non-linear
independent component analysis with diffusion maps", ACHA 2008). A displacement orthogonal to these
directions is measured as if it were along the leading direction. Without this, two distant places
on a closed curve would have distance 0 if the chord between them is orthogonal to the curve at both
ends.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.magnitude import require_finite
from sametask.geometry.span import Span
from sametask.statistics.eigen import eigenpairs

# Eigenvalues below this fraction of the largest one are round-off.
NEGLIGIBLE = 1e-10
# Activations that differ by no more than so many units in the last place are equal.
ROUND_OFF = 4
# Eigenvalues up to this are squares that underflow.
VANISHING = 1e-290


def centred(perturbed: Tensor) -> Tensor:
    """Return activations (n, M, m) at M perturbations of each sample minus their mean, in float64.

    If the M activations of a neuron differ by round-off alone, in their own precision, the neuron
    is dead or saturated there and gets zeros. Raises ``DataError`` if activations are not finite,
    or too large to be squared.
    """
    unit = torch.finfo(perturbed.dtype).eps
    values = perturbed.double()
    size = values.abs().amax(dim=1, keepdim=True)
    require_finite(size, "activations")
    away = values - values.mean(dim=1, keepdim=True)
    still = away.abs().amax(dim=1, keepdim=True) <= ROUND_OFF * unit * size
    return away.masked_fill_(still, 0)


def _principal(columns: Tensor, kept: int | None) -> tuple[Tensor, Tensor]:
    """Return singular values (n, q), descending, and ``kept`` left singular vectors (n, m, ≤ q)."""
    if kept == 0:
        return torch.linalg.svdvals(columns), columns[:, :, :0]
    left, singular, _ = torch.linalg.svd(columns, full_matrices=False)
    return singular, left[:, :, :kept]


def _eigenpairs(matrices: Tensor, kept: int | None) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, m), descending, and ``kept`` eigenvectors of matrices (n, m, m)."""
    if kept == 0:
        values, vectors = torch.linalg.eigvalsh(matrices), matrices[:, :, :0]
    else:
        values, vectors = eigenpairs(matrices)
    return values.flip(-1).clamp_min(0), vectors.flip(-1)[:, :, :kept]


def covariance_spectrum(perturbed: Tensor, kept: int | None = None) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q), descending, and eigenvectors (n, m, q) of the covariances.

    ``perturbed`` (n, M, m) are the activations at M perturbations of n samples;
    Σ_i = Σ_j (h_ij − h̄_i)(h_ij − h̄_i)ᵀ / (M − 1), in squared activation units. Of m > M neurons,
    q = M − 1, and eigenvalues are squares of singular values, so that small ones are accurate as
    well; else q = m. Only the first ``kept`` eigenvectors are computed. Raises as ``centred`` does.
    """
    count, neurons = perturbed.shape[1:]
    away = centred(perturbed)
    if neurons <= count:
        return _eigenpairs(away.mT @ away / (count - 1), kept)
    span, most = Span.of(away), count - 1
    singular, vectors = _principal(span.coordinates.mT, most if kept is None else min(kept, most))
    return singular[:, :most].square() / most, span.neurons(vectors)


def jacobian_spectrum(
    jacobians: Tensor, sigma: float, kept: int | None = None
) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q) and eigenvectors (n, m, q) of σ² J Jᵀ, with q = min(m, d).

    ``jacobians`` (n, m, d) are derivatives of activations with respect to inputs. Eigenvalues are
    squares of the singular values of σ J, so that small ones are accurate as well. Only the first
    ``kept`` eigenvectors are computed. Raises ``DataError`` if derivatives are not finite, or too
    large to be squared.
    """
    require_finite(sigma * jacobians, "derivatives")
    singular, vectors = _principal(sigma * jacobians, kept)
    return singular.square(), vectors


def _regressed(away: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return slopes and errors, as ``response_slopes``, of centred displacements (n, M, m)."""
    count, axes = perturbations.shape[1:]
    causes = perturbations - perturbations.mean(dim=1, keepdim=True)
    slopes, failed = torch.linalg.solve_ex(causes.mT @ causes, causes.mT @ away)
    if failed.any() or not slopes.isfinite().all():
        raise DataError(
            f"perturbations do not vary along all {axes} input axes: nothing to regress on; is "
            "perturbations.delta lost in the round-off of the inputs, or not finite?"
        )
    residual = (away - causes @ slopes).square().sum(dim=(1, 2)) / (count - axes - 1)
    return slopes.mT, residual / count


def response_slopes(perturbed: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return the regression B_i (n, m, d) of activations on perturbations, and errors (n,).

    ``perturbed`` (n, M, m) are regressed on the perturbations (n, M, d) that caused them, with
    M > d + 1: h_ij ≈ B_i ε_ij, in activation per input. The error estimates how much noise adds to
    an eigenvalue of σ² B Bᵀ: the total variance of the residuals, divided by M. Raises
    ``DataError`` as ``centred`` does, and if the perturbations do not vary along every axis.
    """
    return _regressed(centred(perturbed), perturbations)


def response_spectrum(
    perturbed: Tensor, perturbations: Tensor, sigma: float, kept: int | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Return eigenvalues (n, q) and eigenvectors (n, m, q) of σ² B Bᵀ, and errors (n,).

    B and the errors are those of ``response_slopes``, q = min(m, d). Only the first ``kept``
    eigenvectors are computed.
    """
    span = Span.of(centred(perturbed))
    slopes, error = _regressed(span.coordinates, perturbations)
    values, vectors = jacobian_spectrum(slopes, sigma, kept)
    return values, span.neurons(vectors), error


def linear_response(perturbed: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q) of the part of Σ that is linear in the inputs, and errors (n,).

    B and the errors are those of ``response_slopes``. The eigenvalues, descending, q = min(m, d),
    are those of σ² B Bᵀ, where σ² is the variance of the perturbations drawn. Curvature is even in
    ε and does not contribute to B. In the spectrum of Σ alone, it looks like a direction of weak
    response.
    """
    slopes, error = _regressed(Span.of(centred(perturbed)).coordinates, perturbations)
    spread = perturbations.var(dim=1, correction=0).mean(dim=1, keepdim=True)
    return torch.linalg.svdvals(slopes).square() * spread, error

"""Local geometry of an activation manifold: covariances, their rank, Mahalanobis distances.

The covariance Σ_i of the activations of sample i's neighbourhood is the push-forward of the
input perturbation: Σ_i ≈ σ² J_i J_iᵀ with σ = δ/4 and J_i = ∂h/∂x at the sample. Its inverse on
the leading r directions is W_i W_iᵀ with the whitening W_i = V_r Λ_r^(-1/2); distances in it
measure how far two *inputs* are apart, whatever the network does to them (Singer & Coifman,
"Non-linear independent component analysis with diffusion maps", ACHA 2008). Off these directions
a displacement counts as one along the leading direction: a layer that is a closed curve has
places far apart whose chord is orthogonal to it at both ends, and they would coincide otherwise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.magnitude import require_finite

# Eigenvalues below this share of the largest one are round-off.
NEGLIGIBLE = 1e-10
# Activations that differ by no more than so many units in their last place are equal.
ROUND_OFF = 4
# Eigenvalues up to this are squares of what is too small to be squared.
VANISHING = 1e-290


def centred(perturbed: Tensor) -> Tensor:
    """Return activations (n, M, m) of M perturbations of each sample, less their mean, in float64.

    A neuron has not reacted, and gets zeros, where its M activations differ by round-off alone, in
    the precision that they come in: a dead or saturated neuron has no direction. Raises
    ``DataError`` if activations are not finite, or too large to be squared.
    """
    unit = torch.finfo(perturbed.dtype).eps
    values = perturbed.double()
    size = values.abs().amax(dim=1, keepdim=True)
    require_finite(size, "activations")
    away = values - values.mean(dim=1, keepdim=True)
    still = away.abs().amax(dim=1, keepdim=True) <= ROUND_OFF * unit * size
    return away.masked_fill_(still, 0)


def covariance_spectrum(perturbed: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, m), descending, and eigenvectors (n, m, m) of the covariances.

    ``perturbed`` (n, M, m) are the activations at M perturbations of n samples;
    Σ_i = Σ_j (h_ij − h̄_i)(h_ij − h̄_i)ᵀ / (M − 1), in squared activation units. Raises as
    ``centred`` does.
    """
    away = centred(perturbed)
    covariance = away.mT @ away / (perturbed.shape[1] - 1)
    eigenvalues, eigenvectors = torch.linalg.eigh(covariance)
    return eigenvalues.flip(-1).clamp_min(0), eigenvectors.flip(-1)


def jacobian_spectrum(jacobians: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q) and eigenvectors (n, m, q) of σ² J Jᵀ, with q = min(m, d).

    ``jacobians`` (n, m, d) are derivatives of activations by inputs. From the singular values of
    J itself, which keeps small eigenvalues exact. Raises ``DataError`` if derivatives are not
    finite, or too large to be squared.
    """
    require_finite(sigma * jacobians, "derivatives")
    left, singular, _ = torch.linalg.svd(sigma * jacobians, full_matrices=False)
    return singular.square(), left


def response_slopes(perturbed: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return the regression B_i (n, m, d) of activations on perturbations, and errors (n,).

    ``perturbed`` (n, M, m) are regressed on the perturbations (n, M, d) that caused them, with
    M > d + 1: h_ij ≈ B_i ε_ij, in activation per input. The error is what noise of the size of
    the residuals adds to an eigenvalue of σ² B Bᵀ: their total variance over M. Raises
    ``DataError`` as ``centred`` does, and if the perturbations do not vary along every axis.
    """
    count, axes = perturbations.shape[1:]
    away = centred(perturbed)
    causes = perturbations - perturbations.mean(dim=1, keepdim=True)
    slopes, failed = torch.linalg.solve_ex(causes.mT @ causes, causes.mT @ away)
    if failed.any() or not slopes.isfinite().all():
        raise DataError(
            f"perturbations do not vary along all {axes} input axes: nothing to regress on; is "
            "perturbations.delta lost in the round-off of the inputs, or not finite?"
        )
    residual = (away - causes @ slopes).square().sum(dim=(1, 2)) / (count - axes - 1)
    return slopes.mT, residual / count


def linear_response(perturbed: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q) of the part of Σ that is linear in the inputs, and errors (n,).

    As ``response_slopes``, with the same errors. The eigenvalues, descending, q = min(m, d), are
    those of σ² B Bᵀ, with the σ² of the very perturbations; curvature is even in ε and drops out,
    which no rule on the spectrum of Σ alone can tell from a direction of weak response.
    """
    slopes, error = response_slopes(perturbed, perturbations)
    spread = perturbations.var(dim=1, correction=0).mean(dim=1, keepdim=True)
    return torch.linalg.svdvals(slopes).square() * spread, error

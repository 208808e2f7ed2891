"""Local geometry of an activation manifold: covariances, their rank, Mahalanobis distances.

The covariance Σ_i of the activations of sample i's neighbourhood is the push-forward of the
input perturbation: Σ_i ≈ σ² J_i J_iᵀ with σ = δ/4 and J_i = ∂h/∂x at the sample. Its inverse on
the leading r directions is W_i W_iᵀ with the whitening W_i = V_r Λ_r^(-1/2); distances in it
measure how far two *inputs* are apart, whatever the network does to them (Singer & Coifman,
"Non-linear independent component analysis with diffusion maps", ACHA 2008).
"""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.errors import DataError

# Eigenvalues below this share of the largest one are round-off.
NEGLIGIBLE = 1e-10
# A gap in the spectrum counts as the end of the manifold's directions from this ratio on.
GAP = 10.0
# Without such a gap, directions are kept until they hold this share of the variance.
ENERGY = 0.99
# Rows of distances computed at once, and tiles of the transposition: both fit a core's cache.
ROWS, TILE = 64, 512


def covariance_spectrum(neighbours: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, m), descending, and eigenvectors (n, m, m) of the covariances.

    ``neighbours`` (n, M, m) are the activations of M neighbours of n samples;
    Σ_i = Σ_j (h_ij − h̄_i)(h_ij − h̄_i)ᵀ / (M − 1), in squared activation units.
    """
    centred = neighbours - neighbours.mean(dim=1, keepdim=True)
    covariance = centred.mT @ centred / (neighbours.shape[1] - 1)
    eigenvalues, eigenvectors = torch.linalg.eigh(covariance)
    return eigenvalues.flip(-1).clamp_min(0), eigenvectors.flip(-1)


def jacobian_spectrum(jacobians: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q) and eigenvectors (n, m, q) of σ² J Jᵀ, with q = min(m, d).

    ``jacobians`` (n, m, d) are derivatives of activations by inputs. From the singular values of
    J itself, which keeps small eigenvalues exact.
    """
    left, singular, _ = torch.linalg.svd(sigma * jacobians, full_matrices=False)
    return singular.square(), left


def choose_rank(spectrum: Tensor, limit: int) -> int:
    """Return one rank for a network from the eigenvalues (N, q), descending, of all samples.

    With s_r the median over samples of λ_r / λ_1, the rank is the r ≤ ``limit`` with the
    widest gap s_r / s_(r+1), if that gap is at least 10: the directions behind it are
    curvature, of relative size δ². Without a gap it is the smallest r that holds 99 % of the
    variance. ``limit`` is the dimension of the inputs, which no smooth map exceeds. Raises
    ``DataError`` if no neuron reacts anywhere.
    """
    reacting = spectrum[spectrum[:, 0] > 0]
    if len(reacting) == 0:
        raise DataError(
            "no measured neuron reacts to any perturbation: every activation is constant"
        )
    share = (reacting / reacting[:, :1]).median(dim=0).values.clamp_min(NEGLIGIBLE)
    count = int((share > NEGLIGIBLE).sum())
    limit = min(limit, count)
    behind = torch.cat([share[1:], share.new_tensor([NEGLIGIBLE])])
    gaps = (share / behind)[:limit]
    if gaps.max() >= GAP:
        return int(gaps.argmax()) + 1
    held = share.cumsum(0) / share.sum()
    return min(limit, int((held < ENERGY).sum()) + 1)


def whitening(eigenvalues: Tensor, eigenvectors: Tensor, rank: int) -> Tensor:
    """Return W_i = V_r Λ_r^(-1/2), shape (n, m, r), in inverse activation units.

    Directions in which a sample does not react at all (λ below 1e-10 of the network's median
    leading eigenvalue) get the weight of that floor instead of an infinite one.
    """
    floor = NEGLIGIBLE * eigenvalues[:, 0].median()
    leading = eigenvalues[:, :rank].clamp_min(floor)
    return eigenvectors[:, :, :rank] * leading.rsqrt()[:, None, :]


def mahalanobis_distances(activations: Tensor, whitening: Tensor, scale: float) -> Tensor:
    """Return D_ij = ½ σ² (a_i − a_j)ᵀ (P_i + P_j) (a_i − a_j) with P_i = W_i W_iᵀ, shape (N, N).

    ``activations`` (N, m), ``whitening`` (N, m, r), ``scale`` σ = δ/4. D approximates the squared
    distance of the inputs, in squared input units; it is accurate only locally. Computed from
    the low-rank factors in blocks of rows: N² m r multiplications, and little memory beside D.
    """
    samples, neurons, rank = whitening.shape
    # Differences are taken after the product; without the common mean they lose fewer digits.
    centred = activations - activations.mean(dim=0)
    factors = whitening.mT.reshape(-1, neurons).contiguous()
    own = torch.einsum("im,imr->ir", centred, whitening).reshape(-1, 1)
    points = centred.mT.contiguous()
    distances = activations.new_empty(samples, samples)
    for start in range(0, samples, ROWS):
        rows = slice(start * rank, (start + ROWS) * rank)
        seen = torch.addmm(own[rows], factors[rows], points, beta=-1).square_()
        torch.sum(seen.view(-1, rank, samples), dim=1, out=distances[start : start + ROWS])
    return _symmetrise(distances).mul_(0.5 * scale**2)


def _symmetrise(matrix: Tensor) -> Tensor:
    """Replace a matrix by M + Mᵀ in place, tile by tile, so that both tiles stay in cache."""
    for row in range(0, len(matrix), TILE):
        for column in range(row, len(matrix), TILE):
            tile = matrix[row : row + TILE, column : column + TILE]
            mirrored = matrix[column : column + TILE, row : row + TILE]
            total = tile + mirrored.mT
            tile.copy_(total)
            mirrored.copy_(total.mT)
    return matrix

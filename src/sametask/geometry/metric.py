"""Mahalanobis-like distances from local covariances of a given rank."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from sametask.base.magnitude import require_moderate
from sametask.geometry.covariance import NEGLIGIBLE, VANISHING
from sametask.geometry.rank import reacting_samples
from sametask.statistics.distances import exact_distances

# Rows of distances computed at once, and tiles of the transposition: both fit a core's cache.
ROWS, TILE = 64, 512


def whitening(
    eigenvalues: Tensor,
    eigenvectors: Tensor,
    rank: int,
    ridge: float = 0.0,
    typical: Tensor | None = None,
) -> Tensor:
    """Return W_i = V_r (Λ_r + τ λ̄)^(-1/2), shape (n, m, r), in inverse activation units.

    λ̄ is the median of the leading eigenvalue over the samples that respond at all. ``ridge`` is τ,
    in units of λ̄: it limits the weight of directions in which a sample hardly responds. If τ = 0,
    a direction without any response gets the sample's leading eigenvalue, as in ``completion``, and
    a sample without any response, behind dead neurons, gets λ̄ in every direction. Eigenvalues
    below 1e-10 λ̄ are raised to that value. ``typical`` (N, q) are the eigenvalues from which λ̄ is
    computed, by default those given; if the samples belong to a larger set, pass those of the set.
    Raises ``DataError`` if no sample responds.
    """
    typical = eigenvalues if typical is None else typical
    scale = typical[reacting_samples(typical), 0].median()
    kept, leading = eigenvalues[:, :rank], eigenvalues[:, :1]
    if ridge == 0:
        substitute = torch.where(leading > VANISHING, leading, scale)
        kept = torch.where(kept > NEGLIGIBLE * leading, kept, substitute)
    tempered = (kept + ridge * scale).clamp_min(NEGLIGIBLE * scale)
    return eigenvectors[:, :, :rank] * tempered.rsqrt()[:, None, :]


def completion(whitening: Tensor) -> tuple[Tensor, Tensor]:
    """Return F_i (N, m, r') and c_i (N,) of the completed inverses P_i = F_i F_iᵀ + c_i I.

    P_i is W_i W_iᵀ on the span of the columns of W_i (N, m, r), which are orthogonal. On the
    orthogonal complement it is c_i = 1/λ_1, the weight of the leading direction. A layer stretches
    no displacement by more than √λ_1/σ, so that this is a lower bound of the distance of the
    inputs. F_i are the columns of W_i without the first, r' = r − 1, shortened so that c_i is not
    counted twice. If r = m, P_i = W_i W_iᵀ, r' = r and c_i = 0.
    """
    if whitening.shape[2] == whitening.shape[1]:
        return whitening, whitening.new_zeros(len(whitening))
    weights = whitening.square().sum(dim=1)
    least = weights[:, :1]
    excess = (1 - least / weights[:, 1:]).clamp_min(0)
    return whitening[:, :, 1:] * excess.sqrt()[:, None, :], least[:, 0]


def mahalanobis_distances(activations: Tensor, whitening: Any, scale: float) -> Tensor:
    """Return D_ij = ½ σ² (a_i − a_j)ᵀ (P_i + P_j) (a_i − a_j), shape (N, N).

    ``activations`` (N, m), ``whitening`` (N, m, r), ``scale`` σ = δ/4; P_i is the ``completion``
    of the whitening, which is a tensor, or an array on disk that is read by rows. D approximates
    the squared distance of the inputs, in squared input units; it is accurate only locally. It is
    computed from the low-rank factors in blocks of rows, with N² m r multiplications and little
    memory in addition to D. Raises ``DataError`` if squares of activations overflow or underflow.
    """
    require_moderate(activations, "activations")
    samples = len(activations)
    # Differences are taken after the product; subtracting the mean first saves digits.
    around = activations - activations.mean(dim=0)
    points = around.mT.contiguous()
    distances = activations.new_zeros(samples, samples)
    for start in range(0, samples, ROWS):
        part = slice(start, start + ROWS)
        frames, isotropic = completion(torch.as_tensor(whitening[part]))
        _add_along(distances[part], around[part], points, frames)
        if isotropic.any():
            lengths = exact_distances(around[part], around).square_()
            distances[part].addcmul_(lengths, isotropic[:, None])
    # The diagonal holds round-off of the differences; its distances are 0.
    return _symmetrise(distances).mul_(0.5 * scale**2).fill_diagonal_(0)


def _add_along(distances: Tensor, origins: Tensor, points: Tensor, frames: Tensor) -> None:
    """Write |F_iᵀ (a_i − a_j)|² to (n, N), of ``origins`` (n, m), ``points`` (m, N), F (n, m, r).

    Without any directions, nothing is written.
    """
    samples, neurons, rank = frames.shape
    if not rank:
        return
    ends = torch.einsum("im,imr->ir", origins, frames).reshape(-1, 1)
    factors = frames.mT.reshape(-1, neurons).contiguous()
    squares = torch.addmm(ends, factors, points, beta=-1).square_()
    torch.sum(squares.view(samples, rank, -1), dim=1, out=distances)


def _symmetrise(matrix: Tensor) -> Tensor:
    """Replace a matrix M by M + Mᵀ in place, tile by tile, so that two tiles stay in cache."""
    for row in range(0, len(matrix), TILE):
        for column in range(row, len(matrix), TILE):
            tile = matrix[row : row + TILE, column : column + TILE]
            mirrored = matrix[column : column + TILE, row : row + TILE]
            total = tile + mirrored.mT
            tile.copy_(total)
            mirrored.copy_(total.mT)
    return matrix

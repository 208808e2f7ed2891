"""Mahalanobis-like distances from local covariances of a given rank."""

from __future__ import annotations

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

    ``ridge`` is τ, in units of λ̄, the median of the leading eigenvalue over the samples that
    respond at all: it tempers the directions in which a sample hardly responds. Without it,
    eigenvalues below 1e-10 λ̄ are raised to that floor. A direction without any response says
    nothing of lengths: it gets the sample's leading eigenvalue, as ``completion`` has it off all
    directions, and where nothing responds λ̄, so that a sample behind dead neurons is as far from
    the others as they see it. ``typical`` (N, q) are the eigenvalues of the samples that λ̄ is the
    median of, by default these; others make the weights of few samples those that they have among
    many. Raises ``DataError`` if no sample responds.
    """
    typical = eigenvalues if typical is None else typical
    scale = typical[reacting_samples(typical), 0].median()
    kept, leading = eigenvalues[:, :rank], eigenvalues[:, :1]
    if ridge == 0:
        own = torch.where(leading > VANISHING, leading, scale)
        kept = torch.where(kept > NEGLIGIBLE * leading, kept, own)
    tempered = (kept + ridge * scale).clamp_min(NEGLIGIBLE * scale)
    return eigenvectors[:, :, :rank] * tempered.rsqrt()[:, None, :]


def completion(whitening: Tensor) -> tuple[Tensor, Tensor]:
    """Return F_i (N, m, r') and c_i (N,) of the completed inverses P_i = F_i F_iᵀ + c_i I.

    P_i is W_i W_iᵀ on the columns of W_i (N, m, r), which are orthogonal, and c_i = 1/λ_1, the
    weight of the leading direction, off them: a layer stretches no displacement by more than
    √λ_1/σ, so that this is the least that any displacement can have come from. F_i are the
    other columns, shortened to what they exceed c_i by. With r = m there is nothing to complete.
    """
    if whitening.shape[2] == whitening.shape[1]:
        return whitening, whitening.new_zeros(len(whitening))
    weights = whitening.square().sum(dim=1)
    least = weights[:, :1]
    excess = (1 - least / weights[:, 1:]).clamp_min(0)
    return whitening[:, :, 1:] * excess.sqrt()[:, None, :], least[:, 0]


def mahalanobis_distances(activations: Tensor, whitening: Tensor, scale: float) -> Tensor:
    """Return D_ij = ½ σ² (a_i − a_j)ᵀ (P_i + P_j) (a_i − a_j), shape (N, N).

    ``activations`` (N, m), ``whitening`` (N, m, r), ``scale`` σ = δ/4; P_i is the ``completion``
    of the whitening. D approximates the squared distance of the inputs, in squared input units;
    it is accurate only locally. Computed from the low-rank factors in blocks of rows: N² m r
    multiplications, and little memory beside D. Raises ``DataError`` if squares of activations
    overflow, or vanish.
    """
    require_moderate(activations, "activations")
    frames, isotropic = completion(whitening)
    samples, neurons, rank = frames.shape
    # Differences are taken after the product; without the common mean they lose fewer digits.
    around = activations - activations.mean(dim=0)
    factors = frames.mT.reshape(-1, neurons).contiguous()
    own = torch.einsum("im,imr->ir", around, frames).reshape(-1, 1)
    points = around.mT.contiguous()
    distances = activations.new_zeros(samples, samples)
    for start in range(0, samples, ROWS):
        part = slice(start, start + ROWS)
        rows = slice(start * rank, (start + ROWS) * rank)
        if rank:
            seen = torch.addmm(own[rows], factors[rows], points, beta=-1).square_()
            torch.sum(seen.view(-1, rank, samples), dim=1, out=distances[part])
        if isotropic[part].any():
            lengths = exact_distances(around[part], around).square_()
            distances[part].addcmul_(lengths, isotropic[part, None])
    # What the differences leave on the diagonal is round-off, and no distance.
    return _symmetrise(distances).mul_(0.5 * scale**2).fill_diagonal_(0)


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

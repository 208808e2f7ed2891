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

from sametask.errors import DataError
from sametask.magnitude import require_finite, require_moderate

# Eigenvalues below this share of the largest one are round-off.
NEGLIGIBLE = 1e-10
# A linear response counts as one from this many times its sampling error on.
SIGNIFICANT = 4.0
# Activations that differ by no more than so many units in their last place are equal.
ROUND_OFF = 4
# Eigenvalues up to this are squares of what is too small to be squared.
VANISHING = 1e-290
# Rows of distances computed at once, and tiles of the transposition: both fit a core's cache.
ROWS, TILE = 64, 512
# Lengths of differences, not differences of lengths: near samples would lose all digits.
EXACT = "donot_use_mm_for_euclid_dist"


def centred(neighbours: Tensor) -> Tensor:
    """Return activations (n, M, m) of M neighbours less their mean, in float64.

    A neuron has not reacted, and gets zeros, where its M activations differ by round-off alone, in
    the precision that they come in: a dead or saturated neuron has no direction. Raises
    ``DataError`` if activations are not finite, or too large to be squared.
    """
    unit = torch.finfo(neighbours.dtype).eps
    values = neighbours.double()
    size = values.abs().amax(dim=1, keepdim=True)
    require_finite(size, "activations")
    away = values - values.mean(dim=1, keepdim=True)
    still = away.abs().amax(dim=1, keepdim=True) <= ROUND_OFF * unit * size
    return away.masked_fill_(still, 0)


def covariance_spectrum(neighbours: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, m), descending, and eigenvectors (n, m, m) of the covariances.

    ``neighbours`` (n, M, m) are the activations of M neighbours of n samples;
    Σ_i = Σ_j (h_ij − h̄_i)(h_ij − h̄_i)ᵀ / (M − 1), in squared activation units. Raises as
    ``centred`` does.
    """
    away = centred(neighbours)
    covariance = away.mT @ away / (neighbours.shape[1] - 1)
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


def response_slopes(neighbours: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return the regression B_i (n, m, d) of activations on perturbations, and errors (n,).

    ``neighbours`` (n, M, m) are regressed on the perturbations (n, M, d) that caused them, with
    M > d + 1: h_ij ≈ B_i ε_ij, in activation per input. The error is what noise of the size of
    the residuals adds to an eigenvalue of σ² B Bᵀ: their total variance over M. Raises
    ``DataError`` as ``centred`` does, and if the perturbations do not vary along every axis.
    """
    count, axes = perturbations.shape[1:]
    away = centred(neighbours)
    causes = perturbations - perturbations.mean(dim=1, keepdim=True)
    slopes, failed = torch.linalg.solve_ex(causes.mT @ causes, causes.mT @ away)
    if failed.any() or not slopes.isfinite().all():
        raise DataError(
            f"perturbations do not vary along all {axes} input axes: nothing to regress on; is "
            "neighbours.delta lost in the round-off of the inputs, or not finite?"
        )
    residual = (away - causes @ slopes).square().sum(dim=(1, 2)) / (count - axes - 1)
    return slopes.mT, residual / count


def linear_response(neighbours: Tensor, perturbations: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n, q) of the part of Σ that is linear in the inputs, and errors (n,).

    As ``response_slopes``, with the same errors. The eigenvalues, descending, q = min(m, d), are
    those of σ² B Bᵀ, with the σ² of the very perturbations; curvature is even in ε and drops out,
    which no rule on the spectrum of Σ alone can tell from a direction of weak response.
    """
    slopes, error = response_slopes(neighbours, perturbations)
    spread = perturbations.var(dim=1, correction=0).mean(dim=1, keepdim=True)
    return torch.linalg.svdvals(slopes).square() * spread, error


def _reacting(eigenvalues: Tensor) -> Tensor:
    """Return which samples (N,) respond at all; ``DataError`` if none does."""
    reacting = eigenvalues[:, 0] > VANISHING
    if not reacting.any():
        raise DataError(
            "no measured neuron reacts to any perturbation: all are constant, or neighbours.delta "
            "is lost in round-off"
        )
    return reacting


def choose_rank(response: Tensor, error: Tensor) -> int:
    """Return one rank for a network: the directions in which it responds to its inputs.

    ``response`` (N, q) are the eigenvalues, descending, of the linear part of every Σ_i and
    ``error`` (N,) their sampling errors. Counted are the directions whose median share of the
    leading eigenvalue exceeds both round-off and four median errors. Raises ``DataError`` if no
    neuron responds anywhere.
    """
    reacting = _reacting(response)
    leading = response[reacting, :1]
    share = (response[reacting] / leading).median(dim=0).values
    noise = (error[reacting] / leading[:, 0]).median()
    return max(1, int((share > max(NEGLIGIBLE, SIGNIFICANT * noise.item())).sum()))


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
    scale = typical[_reacting(typical), 0].median()
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
            lengths = torch.cdist(around[part], around, compute_mode=EXACT).square_()
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

"""The normalised kernel of a diffusion map, and its leading eigenpairs."""

from __future__ import annotations

import numpy as np
import scipy.linalg
import torch
from torch import Tensor

from sametask.base.errors import DataError

# Eigenvectors of the normalised kernel with smaller eigenvalues are round-off.
KERNEL_RANK = 1e-10


def normalised_kernel(distances: Tensor, bandwidth: float) -> tuple[Tensor, Tensor]:
    """Return the symmetric conjugate (N, N) of the diffusion operator, and √degree (N,).

    K = exp(−D/ε); K/(q qᵀ) with q = K 1 (α = 1); then D^(-1/2) K D^(-1/2).
    """
    kernel = torch.exp(-distances / bandwidth)
    density = kernel.sum(dim=1)
    kernel = kernel / density[:, None] / density[None, :]
    root = kernel.sum(dim=1).sqrt()
    return kernel / root[:, None] / root[None, :], root


def leading_eigenpairs(distances: Tensor, bandwidth: float, count: int) -> tuple[Tensor, Tensor]:
    """Return at most ``count`` non-constant eigenvalues (k,) and right eigenvectors (N, k).

    There are fewer if the numerical rank of the kernel is smaller. Eigenvectors have unit root mean
    square; the entry of largest magnitude is positive.
    """
    samples = len(distances)
    symmetric, root = normalised_kernel(distances, bandwidth)
    window = [max(0, samples - count - 1), samples - 1]
    values, vectors = scipy.linalg.eigh(
        symmetric.cpu().numpy(), subset_by_index=window, driver="evr", check_finite=False
    )
    rank = int((values > KERNEL_RANK).sum())
    values, vectors = values[::-1][1:rank], vectors[:, ::-1][:, 1:rank]
    right = vectors / root.cpu().numpy()[:, None]
    right = right / np.sqrt(np.mean(right**2, axis=0))
    right = right * np.sign(right[np.abs(right).argmax(axis=0), np.arange(right.shape[1])])
    return distances.new_tensor(values.copy()), distances.new_tensor(right)


def diffusion_map(distances: Tensor, bandwidth: float, count: int) -> tuple[Tensor, Tensor]:
    """Return the leading ``count`` non-constant eigenvalues (k,) and right eigenvectors (N, k).

    They are those of ``leading_eigenpairs``. Raises ``DataError`` if the kernel has fewer.
    """
    values, vectors = leading_eigenpairs(distances, bandwidth, count)
    require_count(values, count, bandwidth)
    return values, vectors


def require_count(values: Tensor, count: int, bandwidth: float) -> None:
    """Raise ``DataError`` if the kernel has fewer eigenvalues than asked for."""
    rank = len(values)
    if rank < count:
        raise DataError(
            f"diffusion.coordinates: {count} asked for, but the kernel has rank {rank} without the "
            f"constant; at most {rank}, or a smaller bandwidth than {bandwidth:.3g}"
        )

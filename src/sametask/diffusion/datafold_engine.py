"""Reference engine: diffusion maps as computed by datafold 2.0.2.

datafold needs numpy < 2 and runs in a separate environment: this module imports only numpy and
datafold.

Source: D. Lehmberg, F. Dietrich, G. Köster, H.-J. Bungartz, "datafold: data-driven models for
point clouds and time series on manifolds", J. Open Source Software 5(51), 2283 (2020).
"""

import sys
import warnings
from typing import Any

import numpy as np
from datafold.dynfold import DiffusionMaps
from datafold.pcfold.kernels import MahalanobisKernel

# datafold's Mahalanobis kernel visits the *stored* entries of a sparse distance matrix. Without a
# cut-off the self-distances, being zero, are not stored and the kernel gets 0 instead of 1 on its
# diagonal. A finite cut-off makes datafold store them; this one discards no pair.
ALL_PAIRS = {"backend": "brute", "cut_off": sys.float_info.max}


class LocalCovarianceKernel(MahalanobisKernel):
    """datafold's Mahalanobis kernel, with distances of zero allowed between distinct points.

    A difference a_i - a_j orthogonal to the ranges of P_i and P_j has distance zero. datafold takes
    the square root of the squared distance, which is NaN if rounding made that zero negative.
    """

    def __call__(self, X: np.ndarray, Y: np.ndarray | None = None, **kernel_kwargs: Any) -> Any:
        """Kernel matrix (N, N), sparse, exp(-D_ij / eps) with eps = 2 * epsilon."""
        with np.errstate(invalid="ignore"):
            kernel = super().__call__(X, Y, **kernel_kwargs)
        kernel.data[np.isnan(kernel.data)] = 1.0
        return kernel


def _inverses(
    activations: np.ndarray, whitening: np.ndarray, isotropic: np.ndarray, scale: float
) -> np.ndarray:
    """Return sigma^2 P_i (N, m, m), the inverse covariances in units of the perturbations."""
    scaled = scale * np.asarray(whitening, dtype=float)
    across = scale**2 * np.asarray(isotropic, dtype=float)
    unit = np.eye(activations.shape[1])
    return scaled @ scaled.swapaxes(1, 2) + across[:, None, None] * unit


def _kernel(bandwidth: float) -> LocalCovarianceKernel:
    """Return datafold's kernel exp(-d^2 / (2 epsilon)) with epsilon = eps / 2."""
    with warnings.catch_warnings():  # datafold marks its Mahalanobis kernel as experimental
        warnings.filterwarnings("ignore", message=".*marked as experimental.*")
        return LocalCovarianceKernel(epsilon=bandwidth / 2, distance=ALL_PAIRS)


def datafold_eigenpairs(
    activations: np.ndarray,
    whitening: np.ndarray,
    isotropic: np.ndarray,
    scale: float,
    bandwidth: float,
    count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Leading eigenpairs of the density-normalised diffusion operator, from datafold.

    With P_i = W_i W_i^T + c_i I, sigma = scale and eps = bandwidth,

        D_ij = sigma^2 / 2 (a_i - a_j)^T (P_i + P_j) (a_i - a_j),   K_ij = exp(-D_ij / eps),

    normalised with alpha = 1 to a Markov matrix. datafold computes its eigenpairs from the
    symmetric conjugate by ARPACK, shift-inverted about 1.1 with tolerance 1e-14. ARPACK may raise
    ArpackNoConvergence if eps is far below a squared spacing.

    ``activations`` a_i (N, m), ``whitening`` W_i (N, m, r) and ``isotropic`` c_i (N,), both from
    ``sametask.geometry.metric.completion``; ``count`` < N eigenpairs, including the constant one.
    Returns eigenvalues (count,), descending, and right eigenvectors (N, count) of unit root
    mean square, whose signs are arbitrary. Raises ``ValueError`` for other counts, or values that
    are not finite.

    Sources: R. R. Coifman, S. Lafon, Appl. Comput. Harmon. Anal. 21, 5-30 (2006), for alpha = 1;
    A. Singer, R. R. Coifman, Appl. Comput. Harmon. Anal. 25, 226-239 (2008), for D.
    """
    if not 0 < count < len(activations):  # datafold has no full solver for a sparse kernel
        raise ValueError(f"count must be from 1 to {len(activations) - 1} = N - 1, not {count}")
    if not (np.isfinite(activations).all() and np.isfinite(whitening).all()):
        raise ValueError("activations and whitening must be finite")
    diffusion = DiffusionMaps(kernel=_kernel(bandwidth), n_eigenpairs=count, alpha=1)
    # What datafold calls "cov_matrices" are inverse covariances.
    inverses = _inverses(activations, whitening, isotropic, scale)
    diffusion.fit(np.asarray(activations, dtype=float), kernel_kwargs={"cov_matrices": inverses})
    eigenvectors = diffusion.eigenvectors_
    rms = np.sqrt(np.mean(eigenvectors**2, axis=0))
    return diffusion.eigenvalues_, eigenvectors / rms

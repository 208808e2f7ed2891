"""Eigenpairs by datafold instead of our own solver, in a separate environment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError, reason
from sametask.geometry.metric import completion

# Characters of datafold's message that are shown.
SHOWN = 120


def datafold_solver(
    activations: np.ndarray, whitening: np.ndarray, sigma: float
) -> Callable[[Tensor, float, int], tuple[Tensor, Tensor]]:
    """Return a solver to use instead of ``leading_eigenpairs``. It computes distances itself.

    ``activations`` (N, m), ``whitening`` (N, m, r), ``sigma`` in input units. The solver raises
    ``DataError`` when ARPACK or datafold fail: no convergence, a singular matrix, too few samples.
    """
    from sametask.diffusion.datafold_engine import datafold_eigenpairs

    ranged, isotropic = (array.numpy() for array in completion(torch.from_numpy(whitening)))

    def solve(_: Tensor, bandwidth: float, count: int) -> tuple[Tensor, Tensor]:
        try:
            pairs = datafold_eigenpairs(activations, ranged, isotropic, sigma, bandwidth, count + 1)
        except (ValueError, RuntimeError) as error:
            raise DataError(
                f"datafold found no eigenvectors ({reason(error)[:SHOWN]}); diffusion.engine: "
                "native, or another diffusion.neighbour or diffusion.coordinates"
            ) from error
        values, vectors = (torch.from_numpy(array.copy()) for array in pairs)
        return values[1:], vectors[:, 1:]

    return solve

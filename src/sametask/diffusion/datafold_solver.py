"""Another engine in the place of our own eigenpairs: datafold, in an environment of its own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError, reason
from sametask.geometry.metric import completion

# Letters of what the engine says, in the line that tells it.
SHOWN = 120


def datafold_solver(
    activations: np.ndarray, whitening: np.ndarray, sigma: float
) -> Callable[[Tensor, float, int], tuple[Tensor, Tensor]]:
    """Return what takes the place of ``leading_eigenpairs``; it has distances of its own.

    ``activations`` (N, m), ``whitening`` (N, m, r), ``sigma`` in input units. The solver raises
    ``DataError`` for what ARPACK and datafold raise: no convergence, a singular matrix, too few
    samples.
    """
    from sametask.diffusion.datafold_engine import datafold_eigenpairs

    ranged, isotropic = (array.numpy() for array in completion(torch.from_numpy(whitening)))

    def solve(_: Tensor, bandwidth: float, count: int) -> tuple[Tensor, Tensor]:
        try:
            found = datafold_eigenpairs(activations, ranged, isotropic, sigma, bandwidth, count + 1)
        except (ValueError, RuntimeError) as error:
            raise DataError(
                f"datafold found no eigenvectors ({reason(error)[:SHOWN]}); diffusion.engine: "
                "native, or another diffusion.neighbour or diffusion.coordinates"
            ) from error
        values, vectors = (torch.from_numpy(array.copy()) for array in found)
        return values[1:], vectors[:, 1:]

    return solve

"""Displacements of a wide layer, in as many coordinates as there are displacements.

M perturbations of a sample displace m > M neurons along M directions at most. All that is asked of
their covariance, its eigenvalues and the response to the inputs, is the same in orthonormal
coordinates of what they span. So no m × m matrix is made, nor its eigenvectors, of which m − M
would have no meaning.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Span:
    """Displacements A (n, M, m) as ``coordinates`` C (n, M, c) of what they span: A = C Qᵀ.

    Of m ≤ M neurons, C is A itself, and Q the identity. Of more neurons, c = M, and Q (m, M) has
    orthonormal columns: Aᵀ = Q Cᵀ is the QR decomposition by Householder reflections, which are
    kept in place of Q. A and C have the same singular values, to round-off of the largest one.
    Products of A with itself, the Gram matrix, would lose half of the digits (Golub & Van Loan,
    "Matrix computations", section 5.3.2).
    """

    coordinates: Tensor
    reflections: tuple[Tensor, Tensor] | None = None

    @classmethod
    def of(cls, displacements: Tensor) -> Span:
        """Return the span of displacements A (n, M, m)."""
        count, neurons = displacements.shape[1:]
        if neurons <= count:
            return cls(displacements)
        reflectors, scales = torch.geqrf(displacements.mT)
        return cls(reflectors[:, :count].triu().mT, (reflectors, scales))

    def neurons(self, directions: Tensor) -> Tensor:
        """Return directions (n, c, r) of the coordinates as directions (n, m, r) of the neurons."""
        if self.reflections is None:
            return directions
        missing = self.reflections[0].shape[1] - directions.shape[1]
        return torch.ormqr(
            *self.reflections, torch.nn.functional.pad(directions, (0, 0, 0, missing))
        )

"""Gaussian vectors: what is left of one when some of its numbers are known, or of no interest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from sametask.base.errors import DataError


@dataclass(frozen=True)
class Gaussian:
    """N(m, Σ) of P numbers: ``mean`` (P,) and ``covariance`` (P, P), both in double precision."""

    mean: np.ndarray
    covariance: np.ndarray

    def marginal(self, places: np.ndarray) -> Gaussian:
        """Return the numbers at k places, in the order of the places, whatever the others are."""
        return Gaussian(self.mean[places], self.covariance[np.ix_(places, places)])

    def conditioned(self, places: np.ndarray, values: np.ndarray | float) -> Gaussian:
        """Return all P numbers, given those at k places: these have a covariance of 0.

        m + Σₖ Σₖₖ⁻¹ (v − mₖ) and Σ − Σₖ Σₖₖ⁻¹ Σₖᵀ, where Σₖ (P, k) are the columns of the places.
        Raises ``DataError`` if Σₖₖ is singular.
        """
        columns = self.covariance[:, places]
        gain = cho_solve(factored(columns[places]), columns.T).T
        mean = self.mean + gain @ (values - self.mean[places])
        covariance = self.covariance - gain @ columns.T
        # What is known is so exactly, not up to round-off.
        mean[places] = values
        covariance[places] = covariance[:, places] = 0
        return Gaussian(mean, (covariance + covariance.T) / 2)

    @property
    def precision(self) -> np.ndarray:
        """Σ⁻¹; ``DataError`` if Σ is singular."""
        return cho_solve(factored(self.covariance), np.eye(len(self.mean)))

    def distance(self, places: np.ndarray) -> float:
        """Return mₖᵀ Σₖₖ⁻¹ mₖ of k places: how far they are from 0, squared, in deviations.

        Conditioning them at 0 lowers the logarithm of the density by half of it.
        """
        there = self.marginal(places)
        return float(there.mean @ cho_solve(factored(there.covariance), there.mean))


def factored(matrix: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return the Cholesky factor of a matrix (k, k), or raise ``DataError``."""
    try:
        return cho_factor(matrix, lower=True)
    except (np.linalg.LinAlgError, ValueError) as error:
        size = len(matrix)
        raise DataError(
            f"a covariance of {size} × {size} weights is singular or has NaN; raise the precision "
            "of the teacher's own prior"
        ) from error

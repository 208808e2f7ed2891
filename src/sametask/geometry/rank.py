"""The rank of local covariances: how many directions a layer reacts to."""

from __future__ import annotations

from torch import Tensor

from sametask.base.errors import DataError
from sametask.geometry.covariance import NEGLIGIBLE, VANISHING

# A direction is counted if its linear response exceeds its sampling error this many times.
SIGNIFICANT = 4.0


def reacting_samples(eigenvalues: Tensor) -> Tensor:
    """Return which samples (N,) respond at all. Raises ``DataError`` if none does."""
    reacting = eigenvalues[:, 0] > VANISHING
    if not reacting.any():
        raise DataError(
            "no measured neuron reacts to any perturbation: all are constant, or "
            "perturbations.delta is lost in round-off"
        )
    return reacting


def choose_rank(response: Tensor, error: Tensor) -> int:
    """Return the rank of a network: the number of directions in which it responds to its inputs.

    ``response`` (N, q) are the eigenvalues, descending, of the linear part of every Σ_i, and
    ``error`` (N,) their sampling errors. Both are divided by the leading eigenvalue of the sample.
    A direction is counted if the median of its eigenvalue exceeds round-off and four times the
    median error. Raises ``DataError`` if no neuron responds anywhere.
    """
    reacting = reacting_samples(response)
    leading = response[reacting, :1]
    relative = (response[reacting] / leading).median(dim=0).values
    noise = (error[reacting] / leading[:, 0]).median()
    return max(1, int((relative > max(NEGLIGIBLE, SIGNIFICANT * noise.item())).sum()))

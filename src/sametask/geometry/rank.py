"""The rank of local covariances: how many directions a layer reacts to."""

from __future__ import annotations

from torch import Tensor

from sametask.base.errors import DataError
from sametask.geometry.covariance import NEGLIGIBLE, VANISHING

# A linear response counts as one from this many times its sampling error on.
SIGNIFICANT = 4.0


def reacting_samples(eigenvalues: Tensor) -> Tensor:
    """Return which samples (N,) respond at all; ``DataError`` if none does."""
    reacting = eigenvalues[:, 0] > VANISHING
    if not reacting.any():
        raise DataError(
            "no measured neuron reacts to any perturbation: all are constant, or "
            "perturbations.delta is lost in round-off"
        )
    return reacting


def choose_rank(response: Tensor, error: Tensor) -> int:
    """Return one rank for a network: the directions in which it responds to its inputs.

    ``response`` (N, q) are the eigenvalues, descending, of the linear part of every Σ_i and
    ``error`` (N,) their sampling errors. Counted are the directions whose median share of the
    leading eigenvalue exceeds both round-off and four median errors. Raises ``DataError`` if no
    neuron responds anywhere.
    """
    reacting = reacting_samples(response)
    leading = response[reacting, :1]
    share = (response[reacting] / leading).median(dim=0).values
    noise = (error[reacting] / leading[:, 0]).median()
    return max(1, int((share > max(NEGLIGIBLE, SIGNIFICANT * noise.item())).sum()))

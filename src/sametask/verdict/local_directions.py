"""What speaks for and against two layers being functions of each other.

Everything here is measured: on held-out samples, or in the neighbourhoods of samples, to which
nothing was fitted. What follows from it is decided in ``sametask.verdict.decision``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.relations import DIRECTIONS
from sametask.geometry.covariance import centred

# Of every neighbourhood so many local directions are compared at most, and never more than a
# share of its perturbations: among r of M directions, chance alone correlates about √(2 r / M).
COMPARED = 64
PERTURBATIONS_A_DIRECTION = 4


@dataclass(frozen=True)
class Local:
    """How two layers react to the same small perturbations of every sample.

    ``correlations`` (N, c), descending, padded with zeros to c = max(d_a, d_b), and 1 where neither
    layer reacts at all; ``spectrum`` of each layer, the median share (q,) of its directions in the
    leading one's variance; their dimensions, and that of both layers together; how many directions
    each direction's target ``adds`` to its source; whether either layer is ``reacting`` (N,).
    """

    correlations: Tensor
    spectrum: dict[str, Tensor]
    dimension: dict[str, int]
    adds: dict[str, int]
    reacting: Tensor

    @property
    def smallest(self) -> Tensor:
        """Return the smallest canonical correlation of every sample at which a layer reacts."""
        return self.correlations[self.reacting if self.reacting.any() else slice(None), -1]


def local_scores(perturbed: Tensor) -> tuple[Tensor, Tensor]:
    """Return shares (n, q) of the leading variance, and scores (n, M, q) with unit columns.

    The principal components of every neighbourhood's activations (n, M, m), at most one for
    four perturbations. A neighbourhood that does not react has shares and scores of zero. Raises
    ``DataError`` if there are fewer than four perturbations, or as ``centred`` does.
    """
    count = perturbed.shape[1]
    if count < PERTURBATIONS_A_DIRECTION:
        raise DataError(
            f"perturbations.count: {count} perturbations of a sample say nothing of a direction; "
            f"at least {PERTURBATIONS_A_DIRECTION}"
        )
    away = centred(perturbed)
    kept = min(COMPARED, count // PERTURBATIONS_A_DIRECTION, perturbed.shape[2])
    values, vectors = torch.linalg.eigh(away.mT @ away)
    values = values.flip(-1)[:, :kept].clamp_min(0)
    scores = away @ vectors.flip(-1)[:, :, :kept]
    length = torch.linalg.vector_norm(scores, dim=1, keepdim=True)
    # Eigenvalues of the products lose half the digits; lengths of the scores themselves do not.
    scores = torch.where(length > 0, scores / length.clamp_min(1e-300), 0.0)
    return values / values[:, :1].clamp_min(1e-300), scores


def local_dimension(shares: Tensor, share: float) -> tuple[Tensor, int]:
    """Return the median shares (q,) over the samples that react at all, and how many exceed one.

    A layer that nowhere reacts to anything has dimension 0.
    """
    reacting = shares[shares[:, 0] > 0]
    if len(reacting) == 0:
        return shares[0], 0
    spectrum = reacting.median(dim=0).values
    return spectrum, int((spectrum > share).sum())


def _shared(correlations: Tensor, threshold: float) -> int:
    """Return how many canonical correlations (n, c) reach the threshold in the median."""
    if len(correlations) == 0:
        return 0
    return int((correlations.median(dim=0).values >= threshold).sum())


def compare_locally(
    blocks: Iterable[tuple[Tensor, Tensor]], share: float, correlation: float
) -> Local:
    """Compare how two layers react to the same perturbations of every sample.

    ``blocks`` are pairs of activations (n, M, m_a) and (n, M, m_b) of the same perturbations,
    block by block of samples. A layer's dimension d is the number of local directions whose
    median share of the leading variance exceeds ``share``. The canonical correlations between the
    leading d_a and d_b directions (Hotelling 1936) are the cosines of the angles between what the
    two layers react to: all 1 exactly when neither reacts to a perturbation that the other ignores.
    Those whose median over the samples at which both react reaches ``correlation`` are shared:
    d_ab = d_a + d_b − shared. A target adds to its source what is not shared where the target
    reacts, whether the source does or not.
    """
    shares: dict[str, list[Tensor]] = {"a": [], "b": []}
    products = []
    for perturbed_a, perturbed_b in blocks:
        (shares_a, scores_a), (shares_b, scores_b) = map(local_scores, (perturbed_a, perturbed_b))
        shares["a"].append(shares_a)
        shares["b"].append(shares_b)
        products.append(scores_a.mT @ scores_b)
    found = {side: local_dimension(torch.cat(one), share) for side, one in shares.items()}
    spectrum = {side: one[0] for side, one in found.items()}
    dimension = {side: one[1] for side, one in found.items()}
    product = torch.cat(products)[:, : dimension["a"], : dimension["b"]]
    correlations = torch.linalg.svdvals(product).clamp_max(1.0)
    reacts = {side: torch.cat(one)[:, 0] > 0 for side, one in shares.items()}
    adds = {
        way: dimension[end] - _shared(correlations[reacts[end]], correlation)
        for way, (_, end) in DIRECTIONS.items()
    }
    both = reacts["a"] & reacts["b"]
    joint = sum(dimension.values()) - _shared(correlations[both], correlation)
    missing = max(1, *dimension.values()) - correlations.shape[1]
    padded = torch.nn.functional.pad(correlations, (0, missing))
    either = reacts["a"] | reacts["b"]
    padded[~either] = 1.0
    return Local(padded, spectrum, {**dimension, "joint": joint}, adds, either)

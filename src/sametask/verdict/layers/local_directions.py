"""How two layers react to the same perturbations: local directions that they share or not.

Nothing is fitted here. ``sametask.verdict.layers.decision`` decides what follows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.relations import DIRECTIONS
from sametask.geometry.covariance import centred
from sametask.statistics.eigen import eigenpairs
from sametask.verdict.layers.limits import COMPARED, PERTURBATIONS_A_DIRECTION

# Samples whose scores are multiplied at once.
BLOCK = 256


@dataclass(frozen=True)
class Local:
    """How two layers react to the same small perturbations of every sample.

    ``correlations`` (N, c) are descending, padded with zeros to c = max(d_a, d_b), and 1 where
    neither layer reacts. ``spectrum`` (q,) of each layer is the median variance along its local
    directions, relative to the leading one. ``dimension`` is d_a, d_b, and ``joint`` d_ab. ``adds``
    is the number of local directions that the target adds to all those of the source, in each
    direction.
    ``reacting`` (N,) is whether at least one layer reacts.
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


@dataclass(frozen=True)
class Reactions:
    """How a layer reacts to small perturbations of every sample, see ``local_scores``.

    Relative variances ``shares`` (N, q) along the local directions, in double precision, and
    ``scores`` (N, M, q), in the precision of the activations, at least single.
    """

    shares: Tensor
    scores: Tensor

    @classmethod
    def of(cls, blocks: Iterable[Tensor]) -> Reactions:
        """Take the reactions from activations (n, M, m) at the perturbations, in blocks of samples.

        Raises ``DataError`` as ``local_scores`` does.
        """
        shares, scores = [], []
        for perturbed in blocks:
            share, score = local_scores(perturbed)
            shares.append(share)
            scores.append(score.to(torch.promote_types(perturbed.dtype, torch.float32)))
        return cls(torch.cat(shares), torch.cat(scores))

    def reordered(self, order: Tensor) -> Reactions:
        """Return the reactions of the samples in another order (N,)."""
        return Reactions(self.shares[order], self.scores[order])

    def products(self, other: Reactions) -> Tensor:
        """Return the products (N, q, s) of the scores at the same perturbations, in double."""
        pairs = zip(self.scores.split(BLOCK), other.scores.split(BLOCK), strict=True)
        return torch.cat([first.double().mT @ second.double() for first, second in pairs])


def local_scores(perturbed: Tensor) -> tuple[Tensor, Tensor]:
    """Return relative variances (n, q), and principal scores (n, M, q) with unit columns.

    Principal components of the activations (n, M, m) at the perturbations of every sample, at most
    one for four perturbations. Variances are relative to the leading one. Where a layer does not
    react, both are zero. Raises ``DataError`` if there are fewer than four perturbations, or as
    ``centred`` does.
    """
    count = perturbed.shape[1]
    if count < PERTURBATIONS_A_DIRECTION:
        raise DataError(
            f"perturbations.count: {count} perturbations of a sample are too few for a direction; "
            f"at least {PERTURBATIONS_A_DIRECTION}"
        )
    away = centred(perturbed)
    kept = min(COMPARED, count // PERTURBATIONS_A_DIRECTION, perturbed.shape[2])
    # Of a wide layer, the products of perturbations are fewer than those of neurons.
    wide = perturbed.shape[2] > count
    values, vectors = eigenpairs(away @ away.mT if wide else away.mT @ away)
    values = values.flip(-1)[:, :kept].clamp_min(0)
    vectors = vectors.flip(-1)[:, :, :kept]
    scores = vectors * values.sqrt()[:, None] if wide else away @ vectors
    length = torch.linalg.vector_norm(scores, dim=1, keepdim=True)
    # Lengths of the scores are accurate; square roots of the eigenvalues lose half the digits.
    scores = torch.where(length > 0, scores / length.clamp_min(1e-300), 0.0)
    return values / values[:, :1].clamp_min(1e-300), scores


def local_dimension(shares: Tensor, share: float) -> tuple[Tensor, int]:
    """Return the median shares (q,) over samples that react, and how many exceed ``share``.

    ``shares`` (N, q) are the relative variances of ``local_scores``. A layer that does not react
    at any sample has dimension 0.
    """
    reacting = shares[shares[:, 0] > 0]
    if len(reacting) == 0:
        return shares[0], 0
    spectrum = reacting.median(dim=0).values
    return spectrum, int((spectrum > share).sum())


def _correlations(product: Tensor) -> Tensor:
    """Return the canonical correlations (n, min(r, s)) of scores with this product (n, r, s)."""
    return torch.linalg.svdvals(product).clamp_max(1.0)


def _count_shared(correlations: Tensor, threshold: float) -> int:
    """Return how many canonical correlations (n, c) have a median of at least the threshold."""
    if len(correlations) == 0:
        return 0
    return int((correlations.median(dim=0).values >= threshold).sum())


def compare_locally(
    a: Reactions, b: Reactions, share: float, source_share: float, correlation: float
) -> Local:
    """Compare how two layers react to the same perturbations of every sample.

    Both layers are seen at the same perturbations of the same samples. The dimension d of a layer
    is the number of local directions whose median variance, relative to the leading one, exceeds
    ``share``. The canonical correlations between the leading d_a and d_b directions (Hotelling
    1936) are the cosines of the angles between the perturbations that the two layers react to. All
    are 1 exactly if neither layer reacts to a perturbation that the other ignores. A direction is
    shared if the median of its correlation over the samples at which both layers react reaches
    ``correlation``: d_ab = d_a + d_b − shared.

    A target adds those of its d directions that it does not share with *all* directions of the
    source down to ``source_share``, also those that do not count in the source's d. The median is
    over the samples at which the target reacts, whether the source reacts or not.
    """
    relative = {"a": a.shares, "b": b.shares}
    local = {side: local_dimension(values, share) for side, values in relative.items()}
    spectrum = {side: medians for side, (medians, _) in local.items()}
    dimension = {side: count for side, (_, count) in local.items()}
    product = a.products(b)
    correlations = _correlations(product[:, : dimension["a"], : dimension["b"]])
    reacts = {side: values[:, 0] > 0 for side, values in relative.items()}
    faint = {
        side: local_dimension(values, min(share, source_share))[1]
        for side, values in relative.items()
    }
    adds = {}
    for direction, (start, end) in DIRECTIONS.items():
        kept = {start: faint[start], end: dimension[end]}
        found = _correlations(product[reacts[end], : kept["a"], : kept["b"]])
        adds[direction] = dimension[end] - _count_shared(found, correlation)
    both = reacts["a"] & reacts["b"]
    joint = sum(dimension.values()) - _count_shared(correlations[both], correlation)
    missing = max(1, *dimension.values()) - correlations.shape[1]
    padded = torch.nn.functional.pad(correlations, (0, missing))
    either = reacts["a"] | reacts["b"]
    padded[~either] = 1.0
    return Local(padded, spectrum, {**dimension, "joint": joint}, adds, either)

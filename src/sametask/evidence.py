"""What speaks for and against two layers being functions of each other.

Everything here is measured: on held-out samples, or in the neighbourhoods of samples, to which
nothing was fitted. What follows from it is decided in ``sametask.verdict``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.config.inputs import TEST_SAMPLES
from sametask.errors import DataError
from sametask.geometry import centred
from sametask.relations import DIRECTIONS

# Of every neighbourhood so many local directions are compared at most, and never more than a
# share of its neighbours: among r of M directions, chance alone correlates about √(2 r / M).
COMPARED = 64
NEIGHBOURS_A_DIRECTION = 4
# Rows of distances, and resamples, computed at once.
BLOCK = 512


@dataclass(frozen=True)
class Interval:
    """A figure that rests on chance: lower end, estimate, upper end; resampled values (s,)."""

    low: float
    estimate: float
    high: float
    resampled: Tensor


def plain_intervals(intervals: Mapping[str, Interval | None]) -> dict[str, list[float]]:
    """Return ``{direction: [low, estimate, high]}`` of those that exist."""
    return {
        direction: [one.low, one.estimate, one.high]
        for direction, one in intervals.items()
        if one is not None
    }


def is_constant(layer: Tensor) -> bool:
    """Return whether activations (n, m) do not vary beyond round-off: nothing can be explained."""
    spread = (layer - layer.mean(dim=0)).abs().max()
    return bool(spread <= 1e-12 * layer.abs().max().clamp_min(1e-300))


def explained(
    predicted: Tensor, actual: Tensor, draws: Tensor, settings: Mapping[str, Any]
) -> Interval | None:
    """Return R² = 1 − Σ‖predicted − actual‖² / Σ‖actual − mean‖² with its bootstrap interval.

    Rows (n R, m) are held-out samples, R successive ones of each sample; ``draws`` (s, n) how often
    each sample occurs in a resample, with all its rows; the interval has the percentiles
    (1 ∓ ``settings["confidence"]``) / 2 (Efron 1979). ``None`` where the actual layer is constant.
    Raises ``DataError`` if there are too few samples for an interval.
    """
    samples = draws.shape[1]
    rows = len(actual) // samples
    if samples < TEST_SAMPLES:
        raise DataError(f"{samples} test samples leave no interval; at least {TEST_SAMPLES}")
    if is_constant(actual):
        return None
    centred = actual - actual.mean(dim=0)
    missed, energy = (
        one.square().sum(dim=1).reshape(samples, rows).sum(dim=1)
        for one in (predicted - actual, centred)
    )
    sums = centred.reshape(samples, rows, -1).sum(dim=1)
    estimate = 1 - (missed.sum() / energy.sum()).item()
    counts = draws.to(actual)
    # Σ c ‖y − ȳ_c‖² = Σ c ‖y‖² − ‖Σ c y‖² / n for the mean ȳ_c of the resample itself.
    spread = counts @ energy - (counts @ sums).square().sum(dim=1) / len(actual)
    resampled = 1 - (counts @ missed) / spread.clamp_min(1e-300)
    tail = (1 - settings["confidence"]) / 2
    ends = torch.quantile(resampled, resampled.new_tensor([tail, 1 - tail])).tolist()
    return Interval(ends[0], estimate, ends[1], resampled)


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


def local_scores(neighbours: Tensor) -> tuple[Tensor, Tensor]:
    """Return shares (n, q) of the leading variance, and scores (n, M, q) with unit columns.

    The principal components of every neighbourhood's activations (n, M, m), at most one for
    four neighbours. A neighbourhood that does not react has shares and scores of zero. Raises
    ``DataError`` if there are fewer than four neighbours, or as ``centred`` does.
    """
    count = neighbours.shape[1]
    if count < NEIGHBOURS_A_DIRECTION:
        raise DataError(
            f"neighbours.count: {count} neighbours of a sample say nothing of a direction; at "
            f"least {NEIGHBOURS_A_DIRECTION}"
        )
    away = centred(neighbours)
    kept = min(COMPARED, count // NEIGHBOURS_A_DIRECTION, neighbours.shape[2])
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


def compare_locally(blocks: Iterable[tuple[Tensor, Tensor]], settings: Mapping[str, Any]) -> Local:
    """Compare the neighbour activations of two layers around every sample.

    ``blocks`` are pairs of activations (n, M, m_a) and (n, M, m_b) of the same neighbours, block by
    block of samples. A layer's dimension d is the number of local directions whose median share
    of the leading variance exceeds ``settings["share"]``. The canonical correlations between the
    leading d_a and d_b directions (Hotelling 1936) are the cosines of the angles between what the
    two layers react to: all 1 exactly when neither reacts to a perturbation that the other ignores.
    Those whose median over the samples at which both react reaches ``settings["correlation"]`` are
    shared: d_ab = d_a + d_b − shared. A target adds to its source what is not shared where the
    target reacts, whether the source does or not.
    """
    shares: dict[str, list[Tensor]] = {"a": [], "b": []}
    products = []
    for neighbours_a, neighbours_b in blocks:
        (shares_a, scores_a), (shares_b, scores_b) = map(local_scores, (neighbours_a, neighbours_b))
        shares["a"].append(shares_a)
        shares["b"].append(shares_b)
        products.append(scores_a.mT @ scores_b)
    found = {
        side: local_dimension(torch.cat(one), settings["share"]) for side, one in shares.items()
    }
    spectrum = {side: one[0] for side, one in found.items()}
    dimension = {side: one[1] for side, one in found.items()}
    product = torch.cat(products)[:, : dimension["a"], : dimension["b"]]
    correlations = torch.linalg.svdvals(product).clamp_max(1.0)
    reacts = {side: torch.cat(one)[:, 0] > 0 for side, one in shares.items()}

    threshold = settings["correlation"]
    adds = {
        way: dimension[end] - _shared(correlations[reacts[end]], threshold)
        for way, (_, end) in DIRECTIONS.items()
    }
    both = reacts["a"] & reacts["b"]
    joint = sum(dimension.values()) - _shared(correlations[both], threshold)
    missing = max(1, *dimension.values()) - correlations.shape[1]
    padded = torch.nn.functional.pad(correlations, (0, missing))
    either = reacts["a"] | reacts["b"]
    padded[~either] = 1.0
    return Local(padded, spectrum, {**dimension, "joint": joint}, adds, either)


def nearest_distances(points: Tensor, centres: Tensor, itself: bool = False) -> Tensor:
    """Return the distance (n,) of points (n, m) to the nearest centre (N, m).

    ``itself`` leaves out the centre of the same row, where points and centres are the same.
    """
    nearest = []
    for start in range(0, len(points), BLOCK):
        distances = torch.cdist(points[start : start + BLOCK], centres)
        if itself:
            distances[:, start : start + BLOCK].fill_diagonal_(torch.inf)
        nearest.append(distances.amin(dim=1))
    return torch.cat(nearest)


def outside_support(test: Tensor, fit: Tensor) -> Tensor:
    """Return for test activations (n, m) whether a map fitted on ``fit`` (N, m) extrapolates.

    Outside is what lies farther from every fit sample than any fit sample from its nearest other
    one (a nearest-neighbour one-class rule; Tax & Duin 1998 in its simplest form).
    """
    reach = nearest_distances(fit, fit, itself=True).max()
    return nearest_distances(test, fit) > reach


def p_value(statistic: float, null: Tensor) -> float:
    """Return the share of the null at or below a statistic, itself counted among them.

    (1 + #{null ≤ statistic}) / (1 + s), never zero (Phipson & Smyth 2010).
    """
    return (1 + int((null <= statistic).sum())) / (1 + len(null))

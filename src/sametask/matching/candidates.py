"""Candidates for a match of two networks' samples: refined guesses, and their errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf

import scipy.stats
import torch
from torch import Tensor

from sametask.diffusion.bandwidth import knn_bandwidth
from sametask.matching.charts import Chart, Places, fit_chart
from sametask.matching.isometry import Refined, Springs, refine, springs
from sametask.matching.spectral import LEADING, blind_guesses, mismatch, paired_guesses, zoom_out
from sametask.splines.smoothing import evenly_spread
from sametask.splines.thin_plates import fit_radial_basis

# Samples on which first guesses are compared; guesses that are refined as isometries.
COMPARED, FINALISTS = 400, 8
# Rotations are the same if rotated coordinates differ by less than this root mean square.
SAME = 0.3
# Guesses whose error is so many times that of the best are dropped, unless their distance to the
# other network's samples is below this mean square (2 by chance).
HOPELESS, PROMISING = 30.0, 0.05
# The error of shared inputs is small up to this root mean square of leading coordinates.
NEAR = 0.5
# Places are refined at most so many times, until shared inputs have reached their places.
REFINED = 3
# Above this stress, places are not refined again. It is five times the stress at which a match is
# as likely right as wrong.
LOST = 0.22


@dataclass(frozen=True)
class Embedded:
    """One network on its own samples, the input of matching.

    Measured activations (N, m), squared distances (N, N), diffusion coordinates (N, k) with their
    decay rates (k,), the chart of the manifold, and the springs between neighbours.
    """

    activations: Tensor
    distances: Tensor
    coordinates: Tensor
    rates: Tensor
    chart: Chart
    edges: Springs

    @classmethod
    def of(
        cls,
        activations: Tensor,
        distances: Tensor,
        coordinates: Tensor,
        rates: Tensor,
        whitening: Tensor,
        sigma: float,
    ) -> Embedded:
        """Fit the chart of samples with their whitening (N, m, r), ``sigma`` in input units."""
        chart = fit_chart(activations, whitening, sigma, distances)
        edges = springs(distances, whitening.shape[2])
        return cls(activations, distances, coordinates, rates, chart, edges)

    @property
    def rank(self) -> int:
        """The number r of local directions."""
        return self.chart.frames.shape[2]

    @cached_property
    def spacing(self) -> float:
        """The median distance between a place and the nearest other place, in input units."""
        return knn_bandwidth(self.distances, 1) ** 0.5


@dataclass(frozen=True)
class Shared:
    """The rows (n,) of the shared inputs among the samples of each network."""

    a: Tensor
    b: Tensor


@dataclass(frozen=True)
class Guess:
    """A rotation (k, k) of coordinates, and the errors of samples and shared inputs.

    Errors are mean squares. ``apart`` is the distance of samples to the nearest sample of the other
    network, summed over both directions. ``missed`` is the error of shared inputs in all
    coordinates, ``leading`` in the leading coordinates.
    """

    rotation: Tensor
    apart: float
    missed: float = 0.0
    leading: float = 0.0

    @property
    def total(self) -> float:
        """The total error, by which guesses are ordered."""
        return self.apart + self.missed


def _guesses(a: Embedded, b: Embedded, shared: Shared) -> list[Guess]:
    """Return all first guesses after spectral refinement, in the order of their errors."""
    width = min(a.coordinates.shape[1], b.coordinates.shape[1])
    source, target = a.coordinates[:, :width], b.coordinates[:, :width]
    pairs = source[shared.a], target[shared.b]
    first = paired_guesses(*pairs, a.rates[:width]) + blind_guesses(a.rates[:width])
    few = source[evenly_spread(len(source), COMPARED)], target[evenly_spread(len(target), COMPARED)]
    guesses = []
    for guess in first:
        rotation = zoom_out(few[0], target, guess)
        apart = mismatch(few[0], target, rotation) + mismatch(few[1], source, rotation.mT)
        missed = (pairs[0] @ rotation - pairs[1]).square()
        errors = [missed.mean(), missed[:, :LEADING].mean()] if len(missed) else []
        guesses.append(Guess(rotation, apart, *(error.item() for error in errors)))
    return sorted(guesses, key=lambda guess: guess.total)


def rotations(a: Embedded, b: Embedded, shared: Shared) -> list[Tensor]:
    """Return the most promising rotations (k, k) of a's coordinates to b's, best first.

    A guess is kept if its total error is at most ``HOPELESS`` times the smallest. It is also kept
    if this holds for ``apart`` and the error of shared inputs is small: spectral refinement drifts,
    so that shared inputs alone must not exclude a mirror image.
    """
    guesses = _guesses(a, b, shared)
    few = a.coordinates[evenly_spread(len(a.coordinates), COMPARED), : len(guesses[0].rotation)]
    best = guesses[0].total
    bound = max(HOPELESS * min(guess.apart for guess in guesses), PROMISING)
    distinct: list[Tensor] = []
    for guess in guesses:
        near = guess.apart <= bound and guess.leading <= NEAR**2
        moved = [(few @ (guess.rotation - other)).square().mean().sqrt() for other in distinct]
        if (near or guess.total <= HOPELESS * best) and all(far > SAME for far in moved):
            distinct.append(guess.rotation)
    return distinct[:FINALISTS]


def way_back(a: Embedded, b: Embedded, forward: Places, shared: Shared) -> Refined:
    """Return the places of b's samples on a's manifold, given those of a's samples on b's.

    They start from splines fitted to the inverse of the places ``forward``, which are much closer
    than those from coordinates. Raises ``DataError`` if places coincide, so that there is no
    inverse.
    """
    back = fit_radial_basis(forward.activations, a.activations)
    return refine(b.edges, a.chart, back(b.activations), shared.b, a.activations[shared.a])


def cycle(a: Embedded, b: Embedded, forward: Places, backward: Places) -> float:
    """Return the median distance of a sample of a from its image under a → b → a, in spacings.

    A spacing is the median distance between a sample and its nearest neighbour, in input units.
    """
    returned = b.chart.carry(backward.activations, forward)
    everyone = torch.arange(len(returned))
    _, squared = a.chart.at(everyone, torch.zeros_like(forward.coordinates)).lengths(
        returned - a.activations, everyone
    )
    return squared.sqrt().median().item() / a.spacing


@dataclass(frozen=True)
class Agreement:
    """How well left-out shared inputs agree with the match: p-value, and errors in spacings.

    For each left-out input, the fraction of samples that lie nearer is uniform by chance; the
    p-value combines these fractions by Fisher's method.
    """

    p_value: float
    errors: list[float]


@dataclass(frozen=True)
class Candidate:
    """A rotation (k, k) of coordinates, and the places of a's samples on b that follow from it.

    ``start`` (N, m) are b's activations at the places before any refinement.
    """

    rotation: Tensor
    start: Tensor
    forward: Refined


def missed(b: Embedded, rows: Tensor, activations: Tensor) -> Tensor:
    """Return the distances (n,) of activations (n, m) to samples ``rows`` (n,), in spacings."""
    at = b.chart.at(rows, b.activations.new_zeros(len(rows), b.rank))
    _, squared = at.lengths(activations - at.activations, torch.arange(len(rows)))
    return squared.sqrt() / b.spacing


def _refined(a: Embedded, b: Embedded, start: Tensor, shared: Shared) -> Refined:
    """Return the places of a's samples on b, refined until shared inputs reach theirs."""
    for _ in range(REFINED):
        forward = refine(a.edges, b.chart, start, shared.a, b.activations[shared.b])
        start = forward.places.activations
        # Undefined stress, or stress far from that of any match, does not improve.
        if forward.stress > LOST or not (missed(b, shared.b, start[shared.a]) > 1).any():
            break
    return forward


def candidates(a: Embedded, b: Embedded, shared: Shared) -> list[Candidate]:
    """Return the refined candidates in the order of their stress, the smallest first."""
    refined = []
    turns = rotations(a, b, shared)
    width = len(turns[0])
    lift = fit_radial_basis(b.coordinates[:, :width], b.activations)
    for rotation in turns:
        start = lift(a.coordinates[:, :width] @ rotation)
        refined.append(Candidate(rotation, start, _refined(a, b, start, shared)))
    return sorted(refined, key=lambda candidate: candidate.forward.stress)


def agreement(a: Embedded, b: Embedded, chosen: Candidate, shared: Shared) -> Agreement:
    """Return whether left-out shared inputs agree with the chosen candidate beyond chance.

    Half of the shared inputs are left out, but r of them are kept if possible, because they fix the
    position of the match; at least one is left out. The chosen candidate is refined with the kept
    ones only.
    """
    count = len(shared.a)
    number = max(1, min((count + 1) // 2, count - a.rank))
    out = torch.arange(count) < number
    kept, left_out = (Shared(shared.a[rows], shared.b[rows]) for rows in (~out, out))
    refined = refine(a.edges, b.chart, chosen.start, kept.a, b.activations[kept.b])
    if refined.stress == inf:
        # There are no places without the left-out inputs: nothing agrees.
        return Agreement(1.0, [])
    predicted = refined.places.activations[left_out.a]
    errors = missed(b, left_out.b, predicted)
    # The fraction of all samples that lie nearer to the truth than the prediction.
    reached = (errors * b.spacing).square()[:, None]
    nearer = (b.distances[left_out.b] < reached).double().mean(dim=1)
    ranks = nearer.clamp_min(1 / len(b.activations))
    p_value = scipy.stats.combine_pvalues(ranks.numpy(), method="fisher").pvalue
    return Agreement(float(p_value), errors.tolist())

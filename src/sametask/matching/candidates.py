"""Candidates for a match of two networks' samples: guesses, refined, and what speaks for each."""

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

# Samples that first guesses are compared on, and how many guesses are refined as isometries.
COMPARED, FINALISTS = 400, 8
# Rotations whose matched coordinates differ by less than this, in root mean square, are one.
SAME = 0.3
# Guesses that come out so many times as far from the other network's samples as the best: no, but
# for those that come out nearer than this (2 would be chance).
HOPELESS, PROMISING = 30.0, 0.05
# Shared inputs are missed by little up to this, root mean square of leading coordinates.
NEAR = 0.5
# Times that places are refined, if shared inputs have not come to theirs before.
REFINED = 3
# From this stress on, five times that at which a match is as likely right as wrong, they are not
# refined again.
LOST = 0.22


@dataclass(frozen=True)
class Embedded:
    """One network on its own samples, as matching takes it.

    Measured activations (N, m), squared distances (N, N), diffusion coordinates (N, k) with their
    decay rates (k,), the manifold's chart, and the springs between neighbours.
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
        """The median distance between a place and its nearest other one, in input units."""
        return knn_bandwidth(self.distances, 1) ** 0.5


@dataclass(frozen=True)
class Shared:
    """Rows of the shared inputs among the samples of each network (n,)."""

    a: Tensor
    b: Tensor


@dataclass(frozen=True)
class Guess:
    """A rotation (k, k) of coordinates, and how far off it leaves samples and shared inputs.

    Mean squares: ``apart`` of samples from the nearest of the other network, there and back;
    ``missed`` of shared inputs in all coordinates, ``leading`` in the leading ones.
    """

    rotation: Tensor
    apart: float
    missed: float = 0.0
    leading: float = 0.0

    @property
    def total(self) -> float:
        """What speaks against it."""
        return self.apart + self.missed


def _guesses(a: Embedded, b: Embedded, shared: Shared) -> list[Guess]:
    """Return all first guesses after spectral refinement, the most promising first."""
    width = min(a.coordinates.shape[1], b.coordinates.shape[1])
    source, target = a.coordinates[:, :width], b.coordinates[:, :width]
    pairs = source[shared.a], target[shared.b]
    first = paired_guesses(*pairs, a.rates[:width]) + blind_guesses(a.rates[:width])
    few = source[evenly_spread(len(source), COMPARED)], target[evenly_spread(len(target), COMPARED)]
    found = []
    for guess in first:
        rotation = zoom_out(few[0], target, guess)
        apart = mismatch(few[0], target, rotation) + mismatch(few[1], source, rotation.mT)
        missed = (pairs[0] @ rotation - pairs[1]).square()
        told = [missed.mean(), missed[:, :LEADING].mean()] if len(missed) else []
        found.append(Guess(rotation, apart, *(one.item() for one in told)))
    return sorted(found, key=lambda one: one.total)


def rotations(a: Embedded, b: Embedded, shared: Shared) -> list[Tensor]:
    """Return the most promising rotations (k, k) of a's coordinates to b's, best first.

    A guess is kept if it is not hopeless, or would not be but for shared inputs that it misses by
    little: spectral refinement drifts by more than they tell, and a mirror image must not be lost
    for it.
    """
    found = _guesses(a, b, shared)
    few = a.coordinates[evenly_spread(len(a.coordinates), COMPARED), : len(found[0].rotation)]
    best = found[0].total
    bound = max(HOPELESS * min(one.apart for one in found), PROMISING)
    distinct: list[Tensor] = []
    for one in found:
        near = one.apart <= bound and one.leading <= NEAR**2
        moved = [(few @ (one.rotation - other)).square().mean().sqrt() for other in distinct]
        if (near or one.total <= HOPELESS * best) and all(far > SAME for far in moved):
            distinct.append(one.rotation)
    return distinct[:FINALISTS]


def way_back(a: Embedded, b: Embedded, forward: Places, shared: Shared) -> Refined:
    """Return the places on a's manifold of b's samples, from those on b's of a's samples.

    They begin where splines through the places forward lead back to: far nearer than
    coordinates would. Raises ``DataError`` if places coincide, so that there is no way back.
    """
    back = fit_radial_basis(forward.activations, a.activations)
    return refine(b.edges, a.chart, back(b.activations), shared.b, a.activations[shared.a])


def cycle(a: Embedded, b: Embedded, forward: Places, backward: Places) -> float:
    """Return the median distance of a sample of a from its image under a → b → a, in spacings.

    A spacing is the median distance between a sample and its nearest, in input units.
    """
    returned = b.chart.carry(backward.activations, forward)
    everyone = torch.arange(len(returned))
    _, squared = a.chart.at(everyone, torch.zeros_like(forward.coordinates)).lengths(
        returned - a.activations, everyone
    )
    return squared.sqrt().median().item() / a.spacing


@dataclass(frozen=True)
class Agreement:
    """How well shared inputs that were left out agree: p-value, and errors in spacings.

    The p-value is Fisher's for the shares of samples that lie nearer, uniform under chance.
    """

    p_value: float
    errors: list[float]


@dataclass(frozen=True)
class Candidate:
    """A rotation (k, k) of coordinates, and the places that it led a's samples to on b.

    ``start`` (N, m) are b's activations where they began, before any refinement.
    """

    rotation: Tensor
    start: Tensor
    forward: Refined


def missed(b: Embedded, rows: Tensor, activations: Tensor) -> Tensor:
    """Return how far activations (n, m) are from those of samples ``rows`` (n,), in spacings."""
    at = b.chart.at(rows, b.activations.new_zeros(len(rows), b.rank))
    _, squared = at.lengths(activations - at.activations, torch.arange(len(rows)))
    return squared.sqrt() / b.spacing


def _refined(a: Embedded, b: Embedded, start: Tensor, shared: Shared) -> Refined:
    """Return the places of a's samples on b, refined until shared inputs have come to theirs."""
    for _ in range(REFINED):
        forward = refine(a.edges, b.chart, start, shared.a, b.activations[shared.b])
        start = forward.places.activations
        # Lengths that are undefined, or far from those of any match, will not get better.
        if forward.stress > LOST or not (missed(b, shared.b, start[shared.a]) > 1).any():
            break
    return forward


def candidates(a: Embedded, b: Embedded, shared: Shared) -> list[Candidate]:
    """Return the refined candidates, the one whose lengths agree best first."""
    found = []
    turns = rotations(a, b, shared)
    width = len(turns[0])
    lift = fit_radial_basis(b.coordinates[:, :width], b.activations)
    for rotation in turns:
        start = lift(a.coordinates[:, :width] @ rotation)
        found.append(Candidate(rotation, start, _refined(a, b, start, shared)))
    return sorted(found, key=lambda one: one.forward.stress)


def agreement(a: Embedded, b: Embedded, chosen: Candidate, shared: Shared) -> Agreement:
    """Return whether shared inputs that the map was not told of agree with it beyond chance.

    Half of them are left out, or fewer if there would not be r others to settle where the whole
    lies, but at least one; the chosen candidate is refined with the others alone.
    """
    count = len(shared.a)
    asked_for = max(1, min((count + 1) // 2, count - a.rank))
    left_out = torch.arange(count) < asked_for
    told, asked = (Shared(shared.a[kept], shared.b[kept]) for kept in (~left_out, left_out))
    refined = refine(a.edges, b.chart, chosen.start, told.a, b.activations[told.b])
    if refined.stress == inf:
        # Without the inputs that were left out there are no places: nothing agrees.
        return Agreement(1.0, [])
    foreseen = refined.places.activations[asked.a]
    errors = missed(b, asked.b, foreseen)
    # Among all samples, how many lie nearer to the truth than what was foreseen.
    reached = (errors * b.spacing).square()[:, None]
    nearer = (b.distances[asked.b] < reached).double().mean(dim=1)
    ranks = nearer.clamp_min(1 / len(b.activations))
    p_value = scipy.stats.combine_pvalues(ranks.numpy(), method="fisher").pvalue
    return Agreement(float(p_value), errors.tolist())

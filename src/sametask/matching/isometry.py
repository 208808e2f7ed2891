"""Move matched places until local lengths agree: refinement of a map as an isometry.

Both networks measure the same lengths, those of the inputs. A map that keeps the short ones is
an isometry, and what the spectrum of few samples leaves uncertain is determined by thousands of
short lengths and a few shared inputs. A network of springs: the sum of squared relative errors
over short edges is minimised by Gauss–Newton steps (as in stress majorisation, Gansner, Koren &
North, GD 2004; isometry as the criterion of a map: Bronstein, Bronstein & Kimmel, PNAS 103
(2006) 1168).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import scipy.sparse
import scipy.sparse.linalg
import torch
from torch import Tensor

from sametask.matching.charts import Chart, Places

# Springs at each sample for every direction; fewer would leave it slack, more would be long.
SPRINGS = 5
# Steps at most, and the relative change of the stress at which they end.
STEPS, SETTLED = 12, 0.01
# Pull towards where a place began, in units of one spring: it decides what no spring does, such
# as where the whole lies if nothing is shared.
PULL = 0.01
# The same of what is shared, towards where it is known to be.
HOLD = 100.0
# Relative accuracy of a step, and conjugate gradient iterations at most.
TOLERANCE, ITERATIONS = 1e-5, 1000
# A step moves no place farther than this many springs.
FARTHEST = 2.0


@dataclass(frozen=True)
class Springs:
    """Edges i, j (e,) between one network's samples, and their lengths (e,) in input units."""

    start: Tensor
    end: Tensor
    lengths: Tensor


def springs(distances: Tensor, rank: int) -> Springs:
    """Return the edges from each of N samples to its nearest ones, by squared distances (N, N)."""
    count = min(len(distances) - 1, SPRINGS * rank)
    nearest = distances.topk(count + 1, largest=False).indices
    start = torch.arange(len(distances))[:, None].expand_as(nearest)
    both = torch.stack([start, nearest], dim=2).reshape(-1, 2).sort(dim=1).values
    both = torch.unique(both[both[:, 0] < both[:, 1]], dim=0)
    lengths = distances[both[:, 0], both[:, 1]].sqrt()
    apart = lengths > 0
    return Springs(both[apart, 0], both[apart, 1], lengths[apart])


@dataclass(frozen=True)
class Refined:
    """Matched places of N samples, and the stress: mean relative error of lengths."""

    places: Places
    stress: float


def _stretch(edges: Springs, places: Places) -> tuple[Tensor, Tensor, Tensor]:
    """Return relative errors (e,) of lengths, and their derivatives (e, r) by both ends.

    Relative to the length, or half the median one where that is longer: samples that all but
    coincide would count for more than all others.
    """
    away = places.activations[edges.end] - places.activations[edges.start]
    left, first = places.lengths(away, edges.start)
    right, second = places.lengths(away, edges.end)
    least = 0.5 * edges.lengths.median()
    length = (0.5 * (first + second)).sqrt().clamp_min(1e-3 * least)
    unit = edges.lengths.clamp_min(least)
    scale = (1 / (length * unit))[:, None]
    return (length - edges.lengths) / unit, -left * scale, right * scale


def _step(edges: Springs, places: Places, home: Tensor, hold: Tensor) -> Tensor:
    """Return the displacements (N, r), in the frames of the places, of a Gauss–Newton step.

    Springs on ``edges`` beside a spring of strength ``hold`` (N,) from each place to its ``home``
    (N, m). What is shared moves within the same step as all around it, so that no place is left
    on the wrong side of it.
    """
    errors, to_start, to_end = _stretch(edges, places)
    samples, rank = places.coordinates.shape
    ends = torch.stack([edges.start, edges.end], dim=1)
    columns = ends[..., None] * rank + torch.arange(rank)
    rows = torch.arange(len(errors))[:, None].expand(-1, 2 * rank)
    shape = (len(errors), samples * rank)
    slopes = torch.stack([to_start, to_end], dim=1)
    slope = scipy.sparse.csr_matrix(
        (slopes.flatten().numpy(), (rows.flatten().numpy(), columns.flatten().numpy())), shape
    )
    away = torch.einsum("nmr,nm->nr", places.frames, places.activations - home)
    strength = (hold / edges.lengths.median())[:, None].square().expand_as(away)
    right = slope.T @ errors.numpy() + (strength * away).flatten().numpy()
    normal = (slope.T @ slope + scipy.sparse.diags(strength.flatten().numpy())).tocsr()
    # Conjugate gradients: the next step mends what this one leaves.
    moved, _ = scipy.sparse.linalg.cg(
        normal,
        -right,
        rtol=TOLERANCE,
        maxiter=ITERATIONS,
        M=scipy.sparse.diags(1 / normal.diagonal()),
    )
    moved = torch.from_numpy(moved).reshape(samples, rank)
    farthest = FARTHEST * edges.lengths.median()
    return moved * (farthest / moved.norm(dim=1).clamp_min(farthest))[:, None]


def stress(edges: Springs, places: Places) -> float:
    """Return the mean over edges of the relative error of lengths, infinite if undefined.

    No edge counts for more than an error of 1: a fold in one place is seen, and a few samples
    whose own geometry is wrong do not hide all others.
    """
    errors = _stretch(edges, places)[0].abs()
    return errors.clamp_max(1.0).mean().item() if errors.isfinite().all() else math.inf


def refine(
    edges: Springs,
    chart: Chart,
    start: Tensor,
    shared: Tensor,
    known: Tensor,
    strength: float = HOLD,
) -> Refined:
    """Move the places of N samples until lengths agree, from activations ``start`` (N, m).

    ``edges`` are between the samples of one network, the places are on the ``chart`` of the
    other. Rows ``shared`` (n,) are at ``known`` activations (n, m), because both networks have
    seen these inputs, and are held there with a ``strength`` in units of one spring.
    """
    places = chart.locate(start)
    best = Refined(places, stress(edges, places))
    home, hold = places.activations.clone(), start.new_full((len(start),), PULL)
    home[shared], hold[shared] = known, strength
    for step in range(STEPS):
        moved = _step(edges, places, home, hold)
        frames = places.frames
        steps = torch.linalg.solve(frames.mT @ frames, moved[..., None])
        places = chart.locate(places.activations + (frames @ steps)[..., 0])
        found = Refined(places, stress(edges, places))
        # Lengths may agree better before what is shared has come to its place.
        settled = abs(found.stress - best.stress) < SETTLED * best.stress
        best = found if step == 0 else min(best, found, key=lambda one: one.stress)
        if (settled and step) or found.stress == math.inf:
            break
    return best

"""Move matched places until local lengths agree: refinement of a map as an isometry.

Both networks measure the same lengths, those of the inputs. A map that keeps short lengths is an
isometry. Coordinates from few samples are inaccurate, but thousands of short lengths and a few
shared inputs determine the map. Lengths are modelled as springs: the sum of squared relative errors
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

# Springs of each sample for every local direction: fewer leave it loose, more are too long.
SPRINGS = 5
# Largest number of steps, and the relative change of the stress at which they end.
STEPS, SETTLED = 12, 0.01
# Strength of the spring between a place and its start, in units of other springs. It determines
# what the other springs do not, such as the position of all places if no inputs are shared.
PULL = 0.01
# Strength of the spring between a shared input and its known place.
HOLD = 100.0
# Relative accuracy of a step, and the largest number of conjugate gradient iterations.
TOLERANCE, ITERATIONS = 1e-5, 1000
# A step moves no place farther than this many median lengths of springs.
FARTHEST = 2.0


@dataclass(frozen=True)
class Springs:
    """Edges (i, j) between samples of one network, (e,) each, and lengths (e,) in input units."""

    start: Tensor
    end: Tensor
    lengths: Tensor


def springs(distances: Tensor, rank: int) -> Springs:
    """Return the edges from N samples to their nearest neighbours; squared distances (N, N)."""
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
    """Matched places of N samples, and their stress, the mean relative error of lengths."""

    places: Places
    stress: float


def _stretch(edges: Springs, places: Places) -> tuple[Tensor, Tensor, Tensor]:
    """Return relative errors (e,) of lengths, and their derivatives (e, r) for both ends.

    Errors are relative to the length, or to half the median length if this is larger: otherwise
    samples that nearly coincide would dominate.
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

    The springs are those of ``edges``, and one of strength ``hold`` (N,) from each place to its
    ``home`` (N, m). Shared points are optimised jointly with the others, so that no place ends on
    the wrong side of a shared point.
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
    # Conjugate gradients need not converge: the next step corrects what remains.
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
    """Return the mean relative error of lengths over all edges; infinite if undefined.

    Errors are at most 1: the stress still shows a fold in one place, and a few samples with wrong
    local geometry do not dominate.
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

    ``edges`` are between the samples of one network; the places are on the ``chart`` of the other.
    The ``known`` activations (n, m) are those of shared inputs, rows ``shared`` (n,); springs of
    ``strength``, in units of other springs, hold these rows there.
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
        refined = Refined(places, stress(edges, places))
        # The stress of the start does not count: shared points may be away from their places.
        settled = abs(refined.stress - best.stress) < SETTLED * best.stress
        best = refined if step == 0 else min(best, refined, key=lambda result: result.stress)
        if (settled and step) or refined.stress == math.inf:
            break
    return best

"""Rivals of a match: different maps that are as good, and how many shared inputs exclude them.

Each symmetry of the domain gives another match that is as good. Shared inputs exclude the matches
of which they are not fixed points. On a circle, one shared input leaves the mirror image about it,
and so do two that are opposite to each other; any other two exclude it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from sametask.base.randomness import generator
from sametask.matching.candidates import LOST, Candidate, Embedded, Shared, candidates, missed
from sametask.matching.isometry import refine

# A candidate is as good as the best up to so many times its stress, and always below this stress:
# how much small errors differ depends on the positions of the samples.
AS_GOOD, EXACT = 5.0, 0.01
# Another match of a network to itself with a stress up to this is a symmetry. Right matches of the
# same-task benchmark have a stress up to 0.031.
SYMMETRIC = 0.03
# Maps are different if this fraction of samples has places so many spacings apart. If no inputs are
# shared, the same map may be shifted a little as a whole.
DIFFERENT, APART = 0.1, 5.0
# Strength that holds shared inputs, in units of other springs, without stretching lengths. Shared
# inputs are missed if their error then exceeds so many spacings, or so many times that of the best.
SOFT, MISSED = 0.1, 3.0
# Two shared inputs are the same if they are closer than this fraction of a spacing.
SAME_INPUT = 0.1
# Random draws of shared inputs; a draw may be symmetric by chance.
DRAWS = 2


def distinct(shared: Shared, a: Embedded, b: Embedded) -> Shared:
    """Return the shared inputs without those that repeat an earlier one in both networks."""
    rows = {"a": shared.a, "b": shared.b}
    near = [
        network.distances[rows[side]][:, rows[side]] < (SAME_INPUT * network.spacing) ** 2
        for side, network in (("a", a), ("b", b))
    ]
    again = (near[0] & near[1]).tril(diagonal=-1).any(dim=1)
    return Shared(shared.a[~again], shared.b[~again])


def differ(first: Candidate, second: Candidate, b: Embedded, spacings: float) -> float:
    """Return the fraction of samples whose places differ by more than so many spacings."""
    away = first.forward.places.activations - second.forward.places.activations
    _, squared = first.forward.places.lengths(away, torch.arange(len(away)))
    return (squared.sqrt() > spacings * b.spacing).double().mean().item()


def _relaxed(a: Embedded, b: Embedded, candidate: Candidate, shared: Shared) -> float:
    """Return the largest error of a shared input, in spacings, if these are hardly held.

    Lengths then dominate: a mirror image that was stretched to meet the shared inputs leaves them.
    """
    if len(shared.a) == 0:
        return 0.0
    known, start = b.activations[shared.b], candidate.forward.places.activations
    soft = refine(a.edges, b.chart, start, shared.a, known, SOFT)
    return missed(b, shared.b, soft.places.activations[shared.a]).max().item()


def rivals(
    ranked: Sequence[Candidate], a: Embedded, b: Embedded, shared: Shared, least: float = EXACT
) -> list[Candidate]:
    """Return the best candidate, and those that are as good and different maps.

    ``ranked`` candidates are in the order of their stress. A candidate is as good if its stress is
    at most five times that of the best, or ``least`` if this is larger, and its errors of shared
    inputs are at most three spacings, or three times those of the best if this is larger. If the
    stress of the best is too large for any match, only the best is returned.
    """
    best, *others = ranked
    limit, kept = max(AS_GOOD * best.forward.stress, least), [best]
    others = [rival for rival in others if rival.forward.stress <= limit < AS_GOOD * LOST]
    bound = MISSED * max(1.0, _relaxed(a, b, best, shared)) if others else 0.0
    for rival in others:
        new = all(differ(rival, other, b, APART) > DIFFERENT for other in kept)
        if new and _relaxed(a, b, rival, shared) <= bound:
            kept.append(rival)
    return kept


def _settled(b: Embedded, least: float, count: int, draw: int) -> bool:
    """Return whether b has only one match to itself if ``count`` random samples are shared."""
    drawn = generator(draw, f"inputs that might be shared {count}").permutation(len(b.activations))
    rows = torch.from_numpy(drawn[:count])
    shared = Shared(rows, rows)
    return len(rivals(candidates(b, b, shared), b, b, shared, least)) == 1


def settling(b: Embedded, stress: float, given: int) -> int | None:
    """Return how many shared inputs leave only one match of this ``stress``.

    The number is ``given``, at least 1, or one more; ``None`` if neither is enough. Network b is
    matched to itself, with random samples as shared inputs. Matches other than the identity are
    symmetries of the domain that so many shared inputs leave.
    """
    least = max(AS_GOOD * stress, SYMMETRIC)
    for count in (max(1, given), max(1, given) + 1):
        if any(_settled(b, least, count, draw) for draw in range(DRAWS)):
            return count
    return None

"""Rivals of a match: other maps that are as good, and how many shared inputs would tell them apart.

A domain that looks the same after a motion has as many matches as such motions, until shared
inputs leave none of them. On a circle one shared input leaves the mirror image about it, and so do
two that lie opposite to each other; any other two settle it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from sametask.base.randomness import generator
from sametask.matching.candidates import LOST, Candidate, Embedded, Shared, candidates, missed
from sametask.matching.isometry import refine

# Candidates are as good as the best up to so many times its stress, and below so much in any case:
# by how much two small errors differ depends on where the samples lie.
AS_GOOD, EXACT = 5.0, 0.01
# A network matched to itself with no more stress than this has a symmetry: right matches of the
# same-task benchmark have up to 0.031.
SYMMETRIC = 0.03
# They are different maps if they send this share of samples to places so many spacings apart:
# where nothing is shared, the whole of one map may lie a little aside.
DIFFERENT, APART = 0.1, 5.0
# Hold of shared inputs, in units of one spring, that stretches no lengths, and the distance in
# spacings from which on it misses them; as many times the best's where that is more.
SOFT, MISSED = 0.1, 3.0
# Below this share of a spacing two shared inputs are one.
SAME_INPUT = 0.1
# Draws of inputs that might have been shared; some draws lie symmetrically by chance.
DRAWS = 2


def distinct(shared: Shared, a: Embedded, b: Embedded) -> Shared:
    """Return the shared inputs without those that are an earlier one again, in both networks."""
    rows = {"a": shared.a, "b": shared.b}
    near = [
        one.distances[rows[side]][:, rows[side]] < (SAME_INPUT * one.spacing) ** 2
        for side, one in (("a", a), ("b", b))
    ]
    again = (near[0] & near[1]).tril(diagonal=-1).any(dim=1)
    return Shared(shared.a[~again], shared.b[~again])


def differ(one: Candidate, other: Candidate, b: Embedded, spacings: float) -> float:
    """Return the share of samples that two candidates send to places so many spacings apart."""
    away = one.forward.places.activations - other.forward.places.activations
    _, squared = one.forward.places.lengths(away, torch.arange(len(away)))
    return (squared.sqrt() > spacings * b.spacing).double().mean().item()


def _relaxed(a: Embedded, b: Embedded, one: Candidate, shared: Shared) -> float:
    """Return how far a candidate misses the worst shared input if they are hardly held: spacings.

    Lengths are then kept first, and a mirror image that was stretched to meet them comes off.
    """
    if len(shared.a) == 0:
        return 0.0
    known, start = b.activations[shared.b], one.forward.places.activations
    soft = refine(a.edges, b.chart, start, shared.a, known, SOFT)
    return missed(b, shared.b, soft.places.activations[shared.a]).max().item()


def rivals(
    found: Sequence[Candidate], a: Embedded, b: Embedded, shared: Shared, least: float = EXACT
) -> list[Candidate]:
    """Return the candidates that are as good as the best, and are not the same map: best first.

    As good: the stress is at most five times the best's, or ``least`` where that is more, and
    shared inputs are not missed by three spacings, or three times as far as by the best one. Where
    the best is lost, there is nothing to rival.
    """
    best, *others = found
    limit, kept = max(AS_GOOD * best.forward.stress, least), [best]
    others = [one for one in others if one.forward.stress <= limit < AS_GOOD * LOST]
    bound = MISSED * max(1.0, _relaxed(a, b, best, shared)) if others else 0.0
    for one in others:
        new = all(differ(one, other, b, APART) > DIFFERENT for other in kept)
        if new and _relaxed(a, b, one, shared) <= bound:
            kept.append(one)
    return kept


def _settled(b: Embedded, least: float, count: int, draw: int) -> bool:
    """Return whether b can be matched to itself in one way only with ``count`` samples shared."""
    drawn = generator(draw, f"inputs that might be shared {count}").permutation(len(b.activations))
    rows = torch.from_numpy(drawn[:count])
    shared = Shared(rows, rows)
    return len(rivals(candidates(b, b, shared), b, b, shared, least)) == 1


def settling(b: Embedded, stress: float, given: int) -> int | None:
    """Return how many shared inputs settle which of the matches of this ``stress`` is meant.

    The number given, at least 1, or one more; ``None`` if neither is enough. A network is matched
    to itself, with samples drawn at random in the place of shared inputs: what is left beside the
    identity are the symmetries of its domain, which ask for so many wherever the shared ones lie.
    """
    least = max(AS_GOOD * stress, SYMMETRIC)
    for count in (max(1, given), max(1, given) + 1):
        if any(_settled(b, least, count, draw) for draw in range(DRAWS)):
            return count
    return None

"""Rivals of a match: other maps that are as good, and how many shared inputs would tell them apart.

A domain that looks the same after a motion has as many matches as such motions, until shared
inputs leave none of them. On a circle one shared input leaves the mirror image about it, and so do
two that lie opposite to each other; any other two settle it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from sametask.matching.candidates import Candidate, Embedded, Shared, candidates
from sametask.randomness import generator

# Candidates are as good as the best up to so many times its stress, and below so much in any case:
# by how much two small errors differ depends on where the samples lie.
AS_GOOD, EXACT = 5.0, 0.01
# A network matched to itself with no more stress than this has a symmetry: right matches of the
# same-task benchmark have up to 0.031.
SYMMETRIC = 0.03
# They are different maps if they send this share of samples to places so many spacings apart:
# where nothing is shared, the whole of one map may lie a little aside.
DIFFERENT, APART = 0.1, 5.0
# A shared input is torn from its neighbours if lengths around it are off by more than this share.
TORN = 0.5
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


def rivals(found: Sequence[Candidate], b: Embedded, least: float = EXACT) -> list[Candidate]:
    """Return the candidates that are as good as the best, and are not the same map: best first.

    As good: the stress is at most five times the best's, or ``least`` where that is more, and no
    shared input is torn from its neighbours, unless the best one's are as well.
    """
    limit = max(AS_GOOD * found[0].forward.stress, least)
    torn = max(TORN, found[0].torn)
    kept: list[Candidate] = []
    for one in found:
        good = one.forward.stress <= limit and one.torn <= torn
        if good and all(differ(one, other, b, APART) > DIFFERENT for other in kept):
            kept.append(one)
    return kept


def _settled(b: Embedded, least: float, count: int, draw: int) -> bool:
    """Return whether b can be matched to itself in one way only with ``count`` samples shared."""
    drawn = generator(draw, f"inputs that might be shared {count}").permutation(len(b.activations))
    rows = torch.from_numpy(drawn[:count])
    return len(rivals(candidates(b, b, Shared(rows, rows)), b, least)) == 1


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

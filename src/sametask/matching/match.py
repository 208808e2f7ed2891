"""Match two networks' samples: choose among the candidates, or say that there is no match."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import ceil, inf, log
from typing import Any

from torch import Tensor

from sametask.alignment import procrustes
from sametask.errors import DataError
from sametask.matching.candidates import (
    Agreement,
    Candidate,
    Embedded,
    Shared,
    agreement,
    candidates,
    cycle,
    differ,
    rivals,
    way_back,
)
from sametask.matching.charts import Places
from sametask.relations import DIRECTIONS

# Calibrated on the same-task benchmark (docs/method.md): at this stress a match is as likely right
# as wrong, and the odds fall with this power of it. Fitted: 0.0441 and 2.27, to 29 matches.
EVEN, POWER = 0.044, 2.3
# What is left out of the shared inputs must agree with the map at this level.
LEVEL = 0.05
# A match is right if what it predicts misses less than this share of the target's variance.
RIGHT = 0.05
# So many samples of 100 may go to the same place under two candidates that are told apart.
TOLD_APART = 0.05


def confidence(stress: float) -> float:
    """Return how likely a match is right, 1 / (1 + (stress / s)^q), by the benchmark's networks."""
    # As a share of the smaller odds: powers of a huge stress overflow, of a tiny one vanish.
    if stress > EVEN:
        odds = (EVEN / stress) ** POWER
        return odds / (1 + odds)
    return 1 / (1 + (stress / EVEN) ** POWER)


@dataclass(frozen=True)
class Matched:
    """A match: rotation (k, k), and the places of each network's samples on the other."""

    rotation: Tensor
    spectral: Tensor
    forward: Places
    backward: Places
    stress: dict[str, float]
    cycle: float


@dataclass(frozen=True)
class Match:
    """What was found between two networks, and how much it can be trusted."""

    matched: Matched | None
    confidence: float
    candidates: list[dict[str, Any]]
    agreement: Agreement | None
    settles: int | None
    reasons: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def found(self) -> bool:
        """Whether there is a map to hand over."""
        return not self.reasons

    def facts(self, threshold: float) -> dict[str, Any]:
        """Return the attributes of ``alignment.zarr``: all but the time, which never repeats."""
        matched, told = self.matched, self.agreement
        return {
            "found": self.found,
            "confidence": self.confidence,
            "threshold": threshold,
            "stress": matched.stress if matched else dict.fromkeys(DIRECTIONS),
            "cycle": matched.cycle if matched else None,
            "agreement": {
                "p_value": told.p_value if told else None,
                "errors": told.errors if told else [],
            },
            "coordinates": len(matched.rotation) if matched else None,
            "candidates": self.candidates,
            "settles": self.settles,
            "reasons": self.reasons,
        }


def _both_ways(a: Embedded, b: Embedded, chosen: Candidate, shared: Shared) -> Matched | None:
    """Return the match of a candidate in both directions, with the rotation of its places.

    ``None`` if there are no places back.
    """
    forward = chosen.forward
    width = len(chosen.rotation)
    reached = b.chart.carry(b.coordinates[:, :width], forward.places)
    rotation = procrustes(a.coordinates[:, :width], reached)
    try:
        backward = way_back(a, b, forward.places, shared)
    except DataError:
        return None
    if backward.stress == inf:
        return None
    return Matched(
        rotation,
        chosen.rotation,
        forward.places,
        backward.places,
        {"a_to_b": forward.stress, "b_to_a": backward.stress},
        cycle(a, b, forward.places, backward.places),
    )


def settling(equal: list[Candidate], b: Embedded) -> int | None:
    """Return how many shared inputs would tell equally good candidates apart, in 95 of 100 cases.

    A pair of candidates agrees on a share of all samples; n inputs drawn at random all lie there
    with that share to the power of n.
    """
    if len(equal) < 2:
        return None
    least = min(differ(one, other, b, 1.0) for i, one in enumerate(equal) for other in equal[:i])
    return max(1, ceil(log(TOLD_APART) / log(max(1 - least, 1e-9))))


def _doubts(
    equal: list[Candidate], worst: float, threshold: float, told: Agreement | None
) -> list[str]:
    """Return why a match of ``worst`` stress is not to be trusted, one sentence each."""
    reasons, sure = [], confidence(worst)
    if sure < threshold:
        reasons.append(
            f"local lengths do not agree: the mean relative error is "
            f"{worst:.2g}, which is right with a confidence of {sure:.2g} only"
        )
    if len(equal) > 1:
        reasons.append(f"{len(equal)} different matches are equally good")
    if told and told.p_value > LEVEL:
        reasons.append(
            f"shared inputs that were left out agree no better than chance (p = {told.p_value:.2g})"
        )
    return reasons


def no_match(reason: str) -> Match:
    """Return that there is no map at all, and why."""
    return Match(None, 0.0, [], None, None, [reason])


def other_ranks(a: int, b: int) -> str:
    """Return what is said of layers with different numbers of local directions."""
    return f"the layers have {a} and {b} local directions: no map keeps lengths"


def match(a: Embedded, b: Embedded, shared: Shared, threshold: float) -> Match:
    """Match the samples of two networks, or say why not; ``threshold`` is of the confidence.

    The best candidate is chosen by how well local lengths agree, with the shared inputs in their
    places. It is a match if the confidence in that reaches the threshold, no other candidate is
    as good, and shared inputs that were left out agree with it beyond chance.
    """
    begun = time.perf_counter()
    if a.rank != b.rank:
        return no_match(other_ranks(a.rank, b.rank))
    try:
        found = candidates(a, b, shared)
    except DataError as error:
        return no_match(str(error))
    equal = rivals(found, b) if found[0].forward.stress < inf else []
    matched = _both_ways(a, b, equal[0], shared) if equal else None
    if matched is None:
        return no_match("no first guess led to a map")
    worst = max(matched.stress.values())
    told = agreement(a, b, equal[0], shared) if len(shared.a) else None
    listed = [
        {"stress": one.forward.stress, "chosen": place == 0} for place, one in enumerate(equal)
    ]
    return Match(
        matched,
        confidence(worst),
        listed,
        told,
        settling(equal, b),
        _doubts(equal, worst, threshold, told),
        time.perf_counter() - begun,
    )

"""Match two networks' samples: choose among the candidates, or say that there is no match."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from math import inf
from typing import Any

from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.relations import DIRECTIONS
from sametask.matching.candidates import (
    Agreement,
    Candidate,
    Embedded,
    Shared,
    agreement,
    candidates,
    cycle,
    way_back,
)
from sametask.matching.charts import Places
from sametask.matching.confidence import confidence, confidence_interval
from sametask.matching.rivals import distinct, rivals, settling
from sametask.statistics.procrustes import procrustes

# What is left out of the shared inputs must agree with the map at this level.
LEVEL = 0.05
# A match is right if what it predicts misses less than this share of the target's variance.
RIGHT = 0.05
# Below so many shared inputs it is tried whether as many elsewhere would leave another match.
SETTLED = 2


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
    """What was found between two networks, and how much it can be trusted.

    ``interval`` holds the confidence in 95 of 100 cases.
    """

    matched: Matched | None
    confidence: float
    interval: tuple[float, float]
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
            "confidence_interval": list(self.interval),
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


def _unsettled(equal: int, given: int, settles: int | None) -> list[str]:
    """Return why ``given`` shared inputs settle nothing, if they do not, and how many would."""
    if settles is None:
        more = "more shared inputs are needed"
    elif settles > given:
        more = f"give at least {settles} shared input" + ("" if settles == 1 else "s")
    else:
        more = "share inputs that lie less symmetrically, or more of them"
    if equal > 1:
        return [f"{equal} different matches are equally good: {more}"]
    if given < SETTLED and settles != max(given, 1):
        return [f"so few shared inputs leave other matches in this domain: {more}"]
    return []


def _symmetries(b: Embedded, equal: list[Candidate], given: int) -> tuple[int | None, list[str]]:
    """Return how many shared inputs settle a match, if that is asked, and why those given do not.

    Asked where there are rivals, or so few shared inputs that one may not have been found.
    """
    if len(equal) == 1 and given >= SETTLED:
        return None, []
    settles = settling(b, equal[0].forward.stress, given)
    return settles, _unsettled(len(equal), given, settles)


def _doubts(worst: float, threshold: float, told: Agreement | None) -> list[str]:
    """Return why a match of ``worst`` stress is not to be trusted, one sentence each."""
    reasons, sure, (low, high) = [], confidence(worst), confidence_interval(worst)
    if sure < threshold:
        reasons.append(
            f"local lengths do not agree: the mean relative error is {worst:.2g}, which is right "
            f"with a confidence of {sure:.2g} ({low:.2g} to {high:.2g}) only"
        )
    if told and told.p_value > LEVEL:
        reasons.append(
            f"shared inputs that were left out agree no better than chance (p = {told.p_value:.2g})"
        )
    return reasons


def no_match(reason: str) -> Match:
    """Return that there is no map at all, and why."""
    return Match(None, 0.0, (0.0, 0.0), [], None, None, [reason])


def other_ranks(a: int, b: int) -> str:
    """Return what is said of layers with different numbers of local directions."""
    return f"the layers have {a} and {b} local directions: no map keeps lengths"


def match(a: Embedded, b: Embedded, shared: Shared, threshold: float) -> Match:
    """Match the samples of two networks, or say why not; ``threshold`` is of the confidence.

    The best candidate is chosen by how well local lengths agree, with the shared inputs in their
    places. It is a match if the confidence in that reaches the threshold, no other candidate is
    as good, as many inputs are shared as the domain's symmetry needs, and those that were left out
    agree with it beyond chance.
    """
    begun = time.perf_counter()
    if a.rank != b.rank:
        return no_match(other_ranks(a.rank, b.rank))
    shared = distinct(shared, a, b)
    given = len(shared.a)
    try:
        found = candidates(a, b, shared)
    except DataError as error:
        return no_match(str(error))
    equal = rivals(found, a, b, shared) if found[0].forward.stress < inf else []
    matched = _both_ways(a, b, equal[0], shared) if equal else None
    if matched is None:
        return no_match("no first guess led to a map")
    worst = max(matched.stress.values())
    told = agreement(a, b, equal[0], shared) if given else None
    # Of lengths that do not agree nothing can be said about symmetries.
    sure = confidence(worst) >= threshold
    settles, left = _symmetries(b, equal, given) if sure else (None, [])
    listed = [
        {"stress": one.forward.stress, "chosen": place == 0} for place, one in enumerate(equal)
    ]
    return Match(
        matched,
        confidence(worst),
        confidence_interval(worst),
        listed,
        told,
        settles,
        _doubts(worst, threshold, told) + left,
        time.perf_counter() - begun,
    )

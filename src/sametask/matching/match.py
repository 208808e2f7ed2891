"""Match the samples of two networks: choose among candidates, or say why there is no match."""

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

# Left-out shared inputs must agree with the match at this level.
LEVEL = 0.05
# A match is right if its error is less than this fraction of the target's variance.
RIGHT = 0.05
# With fewer shared inputs, it is tested whether as many random ones would leave two matches.
SETTLED = 2


@dataclass(frozen=True)
class Matched:
    """A match: rotations (k, k), and the places of each network's samples on the other."""

    rotation: Tensor
    spectral: Tensor
    forward: Places
    backward: Places
    stress: dict[str, float]
    cycle: float


@dataclass(frozen=True)
class Match:
    """The result of matching two networks, and its confidence.

    ``interval`` is the 95 % interval of the confidence.
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
        """Whether there is a match that can be used."""
        return not self.reasons

    def facts(self, threshold: float) -> dict[str, Any]:
        """Return the attributes of ``alignment.zarr``, without the time, which varies."""
        matched, agreed = self.matched, self.agreement
        return {
            "found": self.found,
            "confidence": self.confidence,
            "confidence_interval": list(self.interval),
            "threshold": threshold,
            "stress": matched.stress if matched else dict.fromkeys(DIRECTIONS),
            "cycle": matched.cycle if matched else None,
            "agreement": {
                "p_value": agreed.p_value if agreed else None,
                "errors": agreed.errors if agreed else [],
            },
            "coordinates": len(matched.rotation) if matched else None,
            "candidates": self.candidates,
            "settles": self.settles,
            "reasons": self.reasons,
        }


def _both_ways(a: Embedded, b: Embedded, chosen: Candidate, shared: Shared) -> Matched | None:
    """Return the match of a candidate in both directions, with the rotation fitted to its places.

    ``None`` if there are no places in the other direction.
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
    """Return why ``given`` shared inputs do not determine the match, and how many would."""
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
    """Return how many shared inputs determine a match, and why those given do not.

    This is computed only if there are rivals, or if so few inputs are shared that a rival may have
    been overlooked.
    """
    if len(equal) == 1 and given >= SETTLED:
        return None, []
    settles = settling(b, equal[0].forward.stress, given)
    return settles, _unsettled(len(equal), given, settles)


def _doubts(worst: float, threshold: float, agreed: Agreement | None) -> list[str]:
    """Return the reasons, one sentence each, against a match; ``worst`` is its larger stress."""
    reasons, sure, (low, high) = [], confidence(worst), confidence_interval(worst)
    if sure < threshold:
        reasons.append(
            f"local lengths do not agree: the mean relative error is {worst:.2g}, which is right "
            f"with a confidence of {sure:.2g} ({low:.2g} to {high:.2g}) only"
        )
    if agreed and agreed.p_value > LEVEL:
        reasons.append(
            "shared inputs that were left out agree no better than chance "
            f"(p = {agreed.p_value:.2g})"
        )
    return reasons


def no_match(reason: str) -> Match:
    """Return the result without a match, with the reason."""
    return Match(None, 0.0, (0.0, 0.0), [], None, None, [reason])


def other_ranks(a: int, b: int) -> str:
    """Return the reason if layers have different numbers of local directions."""
    return f"the layers have {a} and {b} local directions: no map keeps lengths"


def match(a: Embedded, b: Embedded, shared: Shared, threshold: float) -> Match:
    """Match the samples of two networks, or say why not; ``threshold`` is for the confidence.

    The candidate with the smallest stress is chosen, with shared inputs held in their places. It is
    a match if its confidence reaches the threshold, no different candidate is as good, enough
    inputs are shared for the symmetry of the domain, and left-out shared inputs agree with it
    beyond chance.
    """
    begun = time.perf_counter()
    if a.rank != b.rank:
        return no_match(other_ranks(a.rank, b.rank))
    shared = distinct(shared, a, b)
    given = len(shared.a)
    try:
        ranked = candidates(a, b, shared)
    except DataError as error:
        return no_match(str(error))
    equal = rivals(ranked, a, b, shared) if ranked[0].forward.stress < inf else []
    matched = _both_ways(a, b, equal[0], shared) if equal else None
    if matched is None:
        return no_match("no first guess led to a map")
    worst = max(matched.stress.values())
    agreed = agreement(a, b, equal[0], shared) if given else None
    # If lengths do not agree, symmetries cannot be tested.
    sure = confidence(worst) >= threshold
    settles, left = _symmetries(b, equal, given) if sure else (None, [])
    listed = [
        {"stress": candidate.forward.stress, "chosen": place == 0}
        for place, candidate in enumerate(equal)
    ]
    return Match(
        matched,
        confidence(worst),
        confidence_interval(worst),
        listed,
        agreed,
        settles,
        _doubts(worst, threshold, agreed) + left,
        time.perf_counter() - begun,
    )

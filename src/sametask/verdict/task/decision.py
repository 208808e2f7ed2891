"""The decision whether two networks learned the same task."""

from __future__ import annotations

from collections.abc import Mapping

from sametask.base.relations import (
    A_CONTAINS_B,
    B_CONTAINS_A,
    DIRECTIONS,
    OTHER_TASK,
    SAME_TASK,
    UNDECIDED,
)
from sametask.verdict.task.evidence import PLACES, Reached, TaskEvidence

# The share of a direction in which no map tells anything.
NOTHING = 0.0


def deciding_map(reached: Reached) -> str:
    """Return the simple map that decides at a place: that with the largest task share.

    A layer may hold a task up to a rotation, or up to a linear map, or so that its answers can be
    read. A map tells nothing if the floors reach the ceiling by it; if none tells, it is the one
    with the largest scale. If a floor gives the answers away by one of the maps, that one decides
    that nothing can be told: an untrained layer, or the raw input, holds the task already.
    """
    for name, share in reached.shares.items():
        if share.given_away:
            return name
    told = {name: share for name, share in reached.shares.items() if share.tells}
    if told:
        return max(told, key=lambda name: told[name].estimate)
    return max(reached.shares, key=lambda name: reached.shares[name].scale)


def task_share(reached: Reached) -> float | None:
    """Return the task share of a source at one place; ``None`` if no map tells anything."""
    found = reached.shares[deciding_map(reached)]
    return found.estimate if found.tells else None


def shares(evidence: TaskEvidence) -> dict[str, dict[str, float | None]]:
    """Return the task share by direction and place; ``None`` where no map tells anything."""
    return {
        direction: {place: task_share(places[place]) for place in PLACES}
        for direction, places in evidence.reached.items()
    }


def smallest(found: dict[str, dict[str, float | None]], limits: Mapping[str, float]) -> float:
    """Return the smallest of all shares; where no map tells anything, a share is 0.

    Shares of layers are moved by the difference of the ``limits``, so that a pair has learned the
    same task if its smallest share reaches the limit of answers.
    """
    moved = {place: limits["answers"] - limits[place] for place in PLACES}
    return min(
        (NOTHING if share is None else share) + moved[place]
        for places in found.values()
        for place, share in places.items()
    )


def contains(evidence: TaskEvidence, direction: str, limits: Mapping[str, float]) -> bool | None:
    """Return whether the source of a direction learned the target's task, at layer and answers.

    At both places its task share must reach the limit. ``None`` if neither contradicts, but one of
    them tells nothing.
    """
    shares = {place: task_share(evidence.reached[direction][place]) for place in PLACES}
    found = [None if share is None else share >= limits[place] for place, share in shares.items()]
    return False if False in found else None if None in found else True


def decide(evidence: TaskEvidence, limits: Mapping[str, float]) -> str:
    """Return the relation of the tasks that the evidence supports; ``limits`` are by place."""
    forth, back = (contains(evidence, direction, limits) for direction in DIRECTIONS)
    if None in (forth, back):
        # One that did not learn the other's task is enough to know that the tasks differ.
        return OTHER_TASK if False in (forth, back) else UNDECIDED
    if forth and back:
        return SAME_TASK
    return A_CONTAINS_B if forth else B_CONTAINS_A if back else OTHER_TASK

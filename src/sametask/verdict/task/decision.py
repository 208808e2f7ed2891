"""The decision whether two networks learned the same task."""

from __future__ import annotations

from sametask.base.relations import (
    A_CONTAINS_B,
    B_CONTAINS_A,
    DIRECTIONS,
    OTHER_TASK,
    SAME_TASK,
    UNDECIDED,
)
from sametask.verdict.task.evidence import PLACES, Reached, TaskEvidence


def deciding_map(reached: Reached) -> str:
    """Return the simple map that decides at a place.

    If the floors reach the ceiling by one of the maps, an untrained layer or the raw input holds
    the task in a simple form already: that map decides that nothing can be told. Else it is the one
    with the largest task share: a layer may hold a task up to a rotation, or up to a linear map.
    """
    shares = reached.shares
    silent = [name for name, share in shares.items() if not share.tells]
    if silent:
        return min(silent, key=lambda name: shares[name].scale)
    return max(shares, key=lambda name: shares[name].estimate)


def task_share(reached: Reached) -> float | None:
    """Return the task share of a source at one place; ``None`` if a map tells nothing."""
    found = reached.shares[deciding_map(reached)]
    return found.estimate if found.tells else None


def holds(reached: Reached, threshold: float) -> bool | None:
    """Return whether a source holds the target's task at one place.

    ``None`` if a map tells nothing.
    """
    share = task_share(reached)
    return None if share is None else share >= threshold


def contains(evidence: TaskEvidence, direction: str, threshold: float) -> bool | None:
    """Return whether the source of a direction learned the target's task, at layer and answers.

    Both must hold it. ``None`` if neither contradicts, but one of them tells nothing.
    """
    found = [holds(evidence.reached[direction][place], threshold) for place in PLACES]
    return False if False in found else None if None in found else True


def decide(evidence: TaskEvidence, threshold: float) -> str:
    """Return the relation of the tasks that the evidence supports."""
    forth, back = (contains(evidence, direction, threshold) for direction in DIRECTIONS)
    if None in (forth, back):
        return UNDECIDED
    if forth and back:
        return SAME_TASK
    return A_CONTAINS_B if forth else B_CONTAINS_A if back else OTHER_TASK

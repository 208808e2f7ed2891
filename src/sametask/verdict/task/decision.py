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


def telling_map(reached: Reached) -> str:
    """Return the simple map with the largest task share, among those that tell something.

    If none does, the one with the longest scale between floors and ceiling.
    """
    shares = reached.shares
    telling = [name for name, found in shares.items() if found.tells]
    if telling:
        return max(telling, key=lambda name: shares[name].estimate)
    return max(shares, key=lambda name: shares[name].scale)


def task_share(reached: Reached) -> float | None:
    """Return the task share of a source at one place; ``None`` if no map tells anything."""
    found = reached.shares[telling_map(reached)]
    return found.estimate if found.tells else None


def holds(reached: Reached, threshold: float) -> bool | None:
    """Return whether a source holds the target's task at one place; ``None`` if no map tells."""
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

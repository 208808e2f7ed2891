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


def best_share(reached: Reached) -> float:
    """Return the largest lower end of the best shares, over all simple maps that tell something."""
    lows = [shares.best.low for shares in reached.shares.values() if shares.tells]
    return max(lows, default=0.0)


def share_over_all(reached: Reached) -> float:
    """Return the larger share over all numbers of shared samples, of maps that tell something."""
    estimates = [shares.over_all.estimate for shares in reached.shares.values() if shares.tells]
    return max(estimates, default=0.0)


def holds(reached: Reached, threshold: float) -> bool | None:
    """Return whether a source holds the target's task at one place; ``None`` if no map tells."""
    if not any(shares.tells for shares in reached.shares.values()):
        return None
    return best_share(reached) >= threshold


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

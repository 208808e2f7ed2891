"""The decision: which of two layers is a function of which, on the inputs of an experiment.

Two layers are equivalent when each is a function of the other; one determines the other when only
one direction holds. A function is believed where the held-out R² of a regression is high *and* the
target reacts to no perturbation that the source ignores: R² alone overlooks a weak direction,
the local comparison alone overlooks a fold.
"""

from __future__ import annotations

from sametask.base.relations import (
    A_DETERMINES_B,
    B_DETERMINES_A,
    DIRECTIONS,
    EQUIVALENT,
    PARTIAL,
    UNRELATED,
)
from sametask.config.sections.stage_sections import Verdict
from sametask.verdict.comparison import Evidence


def determines(evidence: Evidence, direction: str, settings: Verdict) -> bool:
    """Return whether the target of a direction is believed to be a function of its source.

    The lower end of its R² reaches ``determined``, and it adds no local direction to the source's.
    """
    interval = evidence.r2[direction]
    return (
        interval is not None
        and interval.low >= settings.determined
        and evidence.local.adds[direction] == 0
    )


def decide(evidence: Evidence, settings: Verdict) -> str:
    """Return the relation between two layers that the evidence supports.

    ``partial`` is what is left when the lower end of R² reaches ``related`` in a direction.
    """
    forth, back = (determines(evidence, direction, settings) for direction in DIRECTIONS)
    if forth or back:
        return EQUIVALENT if forth and back else A_DETERMINES_B if forth else B_DETERMINES_A
    lows = [interval.low for interval in evidence.r2.values() if interval]
    return PARTIAL if max(lows, default=0.0) >= settings.related else UNRELATED


def confirm(relation: str, chance: float, settings: Verdict) -> str:
    """Return the relation, with "equivalent" only where the aligned coordinates agree as well.

    ``chance`` is the p-value of their residual among shuffled pairings.
    """
    return PARTIAL if relation == EQUIVALENT and chance > settings.level else relation

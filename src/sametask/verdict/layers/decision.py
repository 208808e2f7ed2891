"""The decision which of two layers is a function of the other, on given inputs.

Two layers are equivalent if each is a function of the other. If only one is a function of the
other, the other determines it. The evidence for a function is a high held-out R² of a regression,
also of every principal component of the target, *and* that the target reacts to no perturbation
that the source ignores. R² of the whole layer overlooks weak directions, and directions that few
samples carry; the local comparison overlooks folds.
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
from sametask.verdict.layers.comparison import Evidence


def determines(evidence: Evidence, direction: str, settings: Verdict) -> bool:
    """Return whether the evidence supports that the target is a function of the source.

    The lower end of R² reaches ``determined``, that of every component of the target reaches
    ``component_r2``, and the target adds no local direction to those of the source. Where the two
    were perturbed apart, it is not known which they add.
    """
    interval, weakest = evidence.r2[direction], evidence.weakest[direction]
    return (
        interval is not None
        and interval.low >= settings.determined
        and (weakest is None or weakest.low >= settings.component_r2)
        and evidence.comparable
        and evidence.local.adds[direction] == 0
    )


def decide(evidence: Evidence, settings: Verdict) -> str:
    """Return the relation between two layers that the evidence supports.

    If no layer is a function of the other, the relation is ``partial`` if the lower end of R²
    reaches ``related`` in a direction, else ``unrelated``.
    """
    forth, back = (determines(evidence, direction, settings) for direction in DIRECTIONS)
    if forth or back:
        return EQUIVALENT if forth and back else A_DETERMINES_B if forth else B_DETERMINES_A
    lows = [interval.low for interval in evidence.r2.values() if interval]
    return PARTIAL if max(lows, default=0.0) >= settings.related else UNRELATED


def confirm(relation: str, chance: float, settings: Verdict) -> str:
    """Return the relation; "equivalent" becomes "partial" if aligned coordinates do not agree.

    ``chance`` is the p-value of their residual, from shuffled pairings.
    """
    return PARTIAL if relation == EQUIVALENT and chance > settings.level else relation

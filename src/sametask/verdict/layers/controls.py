"""Controls: the same evidence for layers that should not be equivalent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from sametask.base.errors import SametaskError
from sametask.config.sections.stage_sections import Verdict
from sametask.statistics.chance import Chance
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.decision import decide


def control(a: Layer, b: Layer, draws: Tensor, settings: Verdict) -> dict[str, Any]:
    """Return relation, R² and dimensions of a control, or why it could not be computed.

    A control that fails must not stop the verdict.
    """
    try:
        evidence = gather(a, b, draws, settings)
    except SametaskError as error:
        return {"failed": str(error)}
    return {"relation": decide(evidence, settings), **evidence.plain()}


def controls(
    pair: Mapping[str, Layer],
    others: Mapping[str, Mapping[str, Layer]],
    chance: Chance,
    settings: Verdict,
) -> dict[str, Any]:
    """Return all controls: shuffled pairs, and other networks in place of either of the two.

    ``others`` has the layers that replace a side: ``{control: {side: layer}}``.
    """
    draws, shuffled = chance.draws, pair["b"].shuffled(chance.pairing)
    outcomes: dict[str, Any] = {"shuffled_pairs": control(pair["a"], shuffled, draws, settings)}
    for name, sides in others.items():
        outcomes[name] = {}
        for side, layer in sides.items():
            ends = {**pair, side: layer}
            outcomes[name][side] = control(ends["a"], ends["b"], draws, settings)
    return outcomes

"""Controls: the same evidence for layers that should not be equivalent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from sametask.base.errors import SametaskError
from sametask.config.sections.stage_sections import Verdict
from sametask.statistics.chance import Chance
from sametask.verdict.copies import computes_the_same
from sametask.verdict.layers.comparison import Layer, gather
from sametask.verdict.layers.decision import decide

TRAINED = (
    "it computes the same as the network itself, so that it is not untrained and no control; let "
    "the factory build the network with random weights and give the trained ones as its "
    "checkpoint, or leave untrained out of verdict.controls"
)


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
    """Return the controls asked for: shuffled pairs, and other networks in place of either.

    ``others`` has the layers that replace a side: ``{control: {side: layer}}``. An untrained copy
    that computes what its network computes is no control; it fails.
    """
    outcomes: dict[str, Any] = {}
    if "shuffled" in settings.controls:
        shuffled = pair["b"].shuffled(chance.pairing)
        outcomes["shuffled_pairs"] = control(pair["a"], shuffled, chance.draws, settings)
    for name, sides in others.items():
        outcomes[name] = {}
        for side, layer in sides.items():
            if name == "untrained" and computes_the_same(layer.fit, pair[side].fit):
                outcomes[name][side] = {"failed": TRAINED}
                continue
            ends = {**pair, side: layer}
            outcomes[name][side] = control(ends["a"], ends["b"], chance.draws, settings)
    return outcomes

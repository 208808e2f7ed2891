"""All evidence on whether two networks learned the same task, in both directions.

A simple map is fitted to few shared samples, from the source to the target's layer, and the target
answers from there. The same for maps from the *floors*: the raw input, an untrained copy, a network
of another task. What they reach, the map has learned, or the input gives away. The *ceiling* is
another network of the target's recipe (``reference``), or else the target itself.

Twice: from the source's layer to the target's layer, and from its outputs to the target's outputs.
A layer may hold a task that its network does not do, and a damaged network may hold it in part.

Probing by the amount of data that is needed follows Voita & Titov 2020 ("Information-theoretic
probing with minimum description length"); few paired samples between representations Moschella et
al. 2023. Floors and ceiling beside the curves are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sametask.base.relations import DIRECTIONS
from sametask.statistics.ridge import ridge
from sametask.statistics.variance import Interval, explained
from sametask.verdict.task.curves import Choices, Curve, Towards, draw_choices
from sametask.verdict.task.fidelity import Fidelity
from sametask.verdict.task.learner import Copy, Learner, Seen
from sametask.verdict.task.share import Share, medians, task_share
from sametask.verdict.task.simple_maps import SIMPLE

# Where the evidence is taken: from layer to layer, and from outputs to outputs.
PLACES = ("layer", "answers")
# What a map can start from; the first is the source itself, "inputs" its raw input.
SOURCE, CEILING = "source", "ceiling"
# Resamples that the interval of a share is computed from.
RESAMPLES = 199


@dataclass(frozen=True)
class Reached:
    """What simple maps reach in one direction at one place: curves, and shares, by map.

    ``curves`` are ``{map: {start: curve}}``; starts are ``source``, ``ceiling``, and the floors
    ``inputs``, ``untrained``, ``different_task`` as far as they exist.
    """

    curves: Mapping[str, Mapping[str, Curve]]
    shares: Mapping[str, Share]
    reference: bool


@dataclass(frozen=True)
class TaskEvidence:
    """``reached`` by direction and place, and R² of the outputs by direction."""

    reached: Mapping[str, Mapping[str, Reached]]
    outputs: Mapping[str, Interval | None]


def at_outputs(learner: Learner) -> Learner:
    """Return a network whose layer is its outputs, for evidence on its answers."""
    untrained, reference = (
        copy and replace(copy, layer=copy.outputs)
        for copy in (learner.untrained, learner.reference)
    )
    return replace(
        learner,
        layer=learner.outputs,
        whole=learner.outputs.fit,
        back=lambda rows: rows,
        groups=None,
        sliced=None,
        untrained=untrained,
        reference=reference,
    )


def _starts(source: Learner, target: Learner, other: Copy | None) -> dict[str, Seen]:
    """Return where maps to a target start: the source, the floors, and the ceiling."""
    starts = {SOURCE: source.layer, "inputs": source.sliced or source.inputs}
    if source.untrained is not None:
        starts["untrained"] = source.untrained.layer
    if other is not None:
        starts["different_task"] = other.layer
    ceiling = target.reference.layer if target.reference else target.layer
    return starts | {CEILING: ceiling}


def reach(
    source: Learner,
    target: Learner,
    other: Copy | None,
    choices: Choices,
    draws: Tensor,
    confidence: float,
) -> Reached:
    """Return what simple maps from a source and its floors reach at a target.

    ``draws`` (s, n) are resamples of the held-out samples.
    """
    towards, fidelity = Towards(target, choices), Fidelity.of(target)
    curves = {start: towards.curves(seen) for start, seen in _starts(source, target, other).items()}
    counts = torch.cat([torch.ones(1, draws.shape[1], dtype=draws.dtype), draws[:RESAMPLES]])
    shares = {}
    for name in SIMPLE:
        found = {start: medians(of[name], fidelity, counts) for start, of in curves.items()}
        pair, ceiling = found.pop(SOURCE), found.pop(CEILING)
        shares[name] = task_share(pair, list(found.values()), ceiling, confidence)
    by_map = {name: {start: of[name] for start, of in curves.items()} for name in SIMPLE}
    return Reached(by_map, shares, target.reference is not None)


def _outputs_explained(
    source: Learner, target: Learner, draws: Tensor, confidence: float
) -> Interval | None:
    """Return the held-out R² of the target's outputs by ridge regression on the source's.

    Renamed classes, another scale or an offset cost nothing. ``None`` for constant outputs.
    """
    matrix, offset = ridge(source.outputs.fit, target.outputs.fit)
    predicted = source.outputs.test @ matrix + offset
    return explained(predicted, target.outputs.test, draws, confidence)


def gather(
    a: Learner,
    b: Learner,
    other: Copy | None,
    draws: Tensor,
    choices: int,
    confidence: float,
    seed: int,
) -> TaskEvidence:
    """Return the evidence on the tasks of two networks, from the same samples in the same order.

    ``other``, which learned another task, is one more floor. ``draws`` (s, n) are resamples of the
    held-out samples. Every number of shared samples is chosen ``choices`` times, at random.
    """
    sides = {"a": a, "b": b}
    drawn = {
        "layer": draw_choices(len(a.layer.fit), a.groups, choices, seed),
        "answers": draw_choices(len(a.outputs.fit), None, choices, seed),
    }
    reached: dict[str, dict[str, Reached]] = {}
    outputs: dict[str, Interval | None] = {}
    for direction, ends in DIRECTIONS.items():
        source, target = (sides[side] for side in ends)
        reached[direction] = {
            "layer": reach(source, target, other, drawn["layer"], draws, confidence),
            "answers": reach(
                at_outputs(source),
                at_outputs(target),
                other and replace(other, layer=other.outputs),
                drawn["answers"],
                draws,
                confidence,
            ),
        }
        outputs[direction] = _outputs_explained(source, target, draws, confidence)
    return TaskEvidence(reached, outputs)

"""All evidence on whether two networks learned the same task, in both directions.

A simple map is fitted to few shared samples, from the source to the target's layer, and the target
answers from there. The same for maps from the *floors*: the raw input, an untrained copy, a network
of another task. What they reach, the map has learned, or the input gives away. The *ceiling* is
another network of the target's recipe (``reference``), or else the target itself.

Twice: from the source's layer, and from its answers. A layer may hold a task that its network does
not do, and a damaged network may hold it in part. A map from a layer leads to the target's layer,
and the target answers from there; or it reads the target's answers from the source's layer. A layer
of another form, of a convolutional network say, may hold a task without being a rotated or linear
image of the target's layer.

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
from sametask.verdict.task.answers import answered
from sametask.verdict.task.curves import Choices, Curve, Towards, curves, draw_choices
from sametask.verdict.task.fidelity import Fidelity
from sametask.verdict.task.learner import Copy, Learner, Seen
from sametask.verdict.task.missed import missed
from sametask.verdict.task.share import Share, medians, task_share
from sametask.verdict.task.ways import READING
from sametask.verdict.task.whole_samples import whole, whole_copy

# Where the evidence is taken: from the source's layer, and from its answers.
PLACES = ("layer", "answers")
# What a map can start from; the first is the source itself, "inputs" its raw input.
SOURCE, CEILING = "source", "ceiling"
# Resamples that the interval of a share is computed from.
RESAMPLES = 199


@dataclass(frozen=True)
class Reached:
    """What simple maps reach in one direction at one place: curves, and shares, by map.

    The maps are those of ``SIMPLE``; at the layer also those that read the target's answers.
    ``curves`` are ``{map: {start: curve}}``; starts are ``source``, ``ceiling``, and the floors
    ``inputs``, ``untrained``, ``different_task`` as far as they exist.
    """

    curves: Mapping[str, Mapping[str, Curve]]
    shares: Mapping[str, Share]
    reference: bool


@dataclass(frozen=True)
class TaskEvidence:
    """``reached`` by direction and place, R² of the outputs by direction, and outputs ``missed``.

    The latter are R² by direction and output, see ``missed``.
    """

    reached: Mapping[str, Mapping[str, Reached]]
    outputs: Mapping[str, Interval | None]
    missed: Mapping[str, Mapping[int, float]]


def at_answers(learner: Learner) -> Learner:
    """Return a network whose layer are its answers, for evidence on these."""

    def copied(copy: Copy | None) -> Copy | None:
        return copy and replace(copy, layer=answered(copy.outputs, learner.classifies))

    given = answered(learner.outputs, learner.classifies)
    return replace(
        learner,
        layer=given,
        outputs=given,
        whole=given.fit,
        back=lambda rows: rows,
        groups=None,
        sliced=None,
        untrained=copied(learner.untrained),
        reference=copied(learner.reference),
    )


def _read(target: Learner) -> Learner:
    """Return a target whose answers are read from a layer."""
    given = answered(target.outputs, target.classifies)
    return replace(target, outputs=given, whole=given.fit, back=lambda rows: rows)


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
    starts: Mapping[str, Seen], targets: Mapping[str, Learner], choices: Choices
) -> dict[str, dict[str, Curve]]:
    """Return the curves ``{map: {start: curve}}`` to a target.

    ``targets`` are what maps lead to, by how the names of these maps begin.
    """
    towards = {name: Towards.of(target) for name, target in targets.items()}
    return curves(starts, towards, choices)


def placed(
    reached: Mapping[str, Mapping[str, Curve]], target: Learner, draws: Tensor, confidence: float
) -> Reached:
    """Return curves to a target with their task shares.

    ``draws`` (s, n) are resamples of the held-out samples.
    """
    fidelity = Fidelity.of(target)
    counts = torch.cat([torch.ones(1, draws.shape[1], dtype=draws.dtype), draws[:RESAMPLES]])
    shares = {}
    for name, starts in reached.items():
        found = {start: medians(curve, fidelity, counts) for start, curve in starts.items()}
        pair, ceiling = found.pop(SOURCE), found.pop(CEILING)
        shares[name] = task_share(pair, list(found.values()), ceiling, confidence)
    return Reached(reached, shares, target.reference is not None)


def reach_layer(
    source: Learner, target: Learner, other: Copy | None, choices: Choices
) -> dict[str, dict[str, Curve]]:
    """Return the curves from the source's layer: stitched networks, and answers that are read.

    Of a layer that is only read, there are no stitched networks. If rows are slices, answers are
    read from the mean of a sample's slices.
    """
    stitched = {} if target.read_only else {"": target}
    groups = target.groups
    if groups is None:
        return reach(_starts(source, target, other), stitched | {READING: _read(target)}, choices)
    found = reach(_starts(source, target, other), stitched, choices)
    source, target = whole(source, groups), whole(target, groups)
    starts = _starts(source, target, whole_copy(other, groups, len(target.outputs.test)))
    return found | reach(starts, {READING: _read(target)}, choices.of_samples(groups))


def reach_answers(
    source: Learner, target: Learner, other: Copy | None, choices: Choices
) -> dict[str, dict[str, Curve]]:
    """Return the curves from the source's answers to those of the target."""
    source, target = at_answers(source), at_answers(target)
    other = other and replace(other, layer=answered(other.outputs, source.classifies))
    return reach(_starts(source, target, other), {"": target}, choices)


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
    ways = {"layer": reach_layer, "answers": reach_answers}
    reached: dict[str, dict[str, Reached]] = {}
    outputs: dict[str, Interval | None] = {}
    without: dict[str, dict[int, float]] = {}
    for direction, ends in DIRECTIONS.items():
        source, target = (sides[side] for side in ends)
        reached[direction] = {
            place: placed(
                ways[place](source, target, other, drawn[place]), target, draws, confidence
            )
            for place in PLACES
        }
        outputs[direction] = _outputs_explained(source, target, draws, confidence)
        without[direction] = missed(source, target, draws[:RESAMPLES], confidence)
    return TaskEvidence(reached, outputs, without)

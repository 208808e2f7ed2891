"""Ask of pairs of the task zoo whether they learned the same task, and measure every score."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sametask.base.randomness import derived_seed
from sametask.benchmark.task_zoo.data_sets import DataSet
from sametask.benchmark.task_zoo.pairs import HALVES, Pair, choose_pairs
from sametask.benchmark.task_zoo.peers import peer_scores
from sametask.benchmark.task_zoo.zoo import KINDS, Network, learner
from sametask.config.sections.stage_sections import Verdict
from sametask.config.sections.task_zoo_section import TaskZoo
from sametask.statistics.variance import resamples
from sametask.verdict.task.decision import shares, smallest
from sametask.verdict.task.evidence import PLACES, RESAMPLES, TaskEvidence, gather

# The score of the verdict: the smallest task share, over both directions, at answers and layer.
SCORE = "task share"
# Coverage of the intervals of shares, that of a verdict by default.
CONFIDENCE = Verdict().confidence


@dataclass(frozen=True)
class Meeting:
    """Two networks that are compared, and the half of the zoo that they are in."""

    data: DataSet
    half: int
    a: Network
    b: Network
    pair: Pair


@dataclass(frozen=True)
class Judged:
    """A pair at one kind of layer: its row for ``benchmark.json``, and the evidence behind it."""

    row: dict[str, Any]
    evidence: TaskEvidence


def meetings(
    zoo: Sequence[tuple[DataSet, Sequence[Network]]], settings: TaskZoo
) -> Iterator[Meeting]:
    """Yield the pairs of both halves of every data set."""
    for data, networks in zoo:
        for half in range(len(HALVES)):
            for pair in choose_pairs(networks, half, settings):
                yield Meeting(data, half, networks[pair.a], networks[pair.b], pair)


def without_curves(evidence: TaskEvidence) -> TaskEvidence:
    """Return the evidence that decides: shares without the curves that they follow from."""
    reached = {
        direction: {place: replace(found, curves={}) for place, found in places.items()}
        for direction, places in evidence.reached.items()
    }
    return replace(evidence, reached=reached)


def answers_only(evidence: TaskEvidence) -> TaskEvidence:
    """Return the evidence on two networks of which nothing but the outputs is known."""
    reached = {
        direction: dict.fromkeys(PLACES, places["answers"])
        for direction, places in evidence.reached.items()
    }
    return replace(evidence, reached=reached)


def judge_pair(meeting: Meeting, settings: TaskZoo) -> list[Judged]:
    """Return a pair at its hidden layers and at its outputs.

    Peers are measured in the held-out half only: nothing is calibrated on them.
    """
    data, pair = meeting.data, meeting.pair
    sides = {
        kind: [learner(network, data, kind, settings.fit) for network in (meeting.a, meeting.b)]
        for kind in KINDS
    }
    seed = derived_seed(settings.seed, f"{data.name} {pair.a} {pair.b}")
    draws = resamples(RESAMPLES, len(data.held_out), seed)
    a, b = sides["hidden"]
    found = gather(a, b, None, draws, settings.verdict.choices, CONFIDENCE, seed)
    whole = without_curves(found)
    judged = []
    for kind, evidence in zip(KINDS, (whole, answers_only(whole)), strict=True):
        given = shares(evidence)
        peers = peer_scores(*sides[kind]) if HALVES[meeting.half] == "held_out" else {}
        row = {
            "data": data.name,
            "half": HALVES[meeting.half],
            "kind": kind,
            "a": meeting.a.recipe.name,
            "b": meeting.b.recipe.name,
            "truth": pair.truth,
            "why": pair.why,
            "shares": given,
            "scores": {SCORE: smallest(given, settings.verdict.limits), **peers},
        }
        judged.append(Judged(row, evidence))
    return judged

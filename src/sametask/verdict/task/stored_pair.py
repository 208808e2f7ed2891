"""Measure the evidence on the tasks of a pair, from stores and loaded networks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from sametask.activations.stored import given_to_target
from sametask.base.relations import DIRECTIONS
from sametask.config.sections.stage_sections import Verdict
from sametask.networks.transcripts import transcriber_of
from sametask.statistics.variance import resamples
from sametask.storage.store import Store
from sametask.verdict.task.evidence import TaskEvidence, gather
from sametask.verdict.task.learner import Learner
from sametask.verdict.task.recorded import Recorded
from sametask.verdict.task.stored_learners import read_copy, read_learner
from sametask.verdict.task.summary import summarise
from sametask.verdict.task.ways import KAPPA, OUTPUTS_R2, WORDS_R2


def _inputs_of_target(direction: str, target_input: str, stores: Mapping[str, Store]) -> Any | None:
    """Return the input (n, …) that the target of a direction gets; ``None`` for zeros."""
    source, target = DIRECTIONS[direction]
    side = source if target_input == "source" else target
    return given_to_target(stores[f"activations_{side}"], target_input == "dummy")


def _learners(
    networks: Mapping[str, nn.Module],
    stores: Mapping[str, Store],
    how: Mapping[str, Mapping[str, Any]],
    target_input: str,
) -> dict[str, Learner]:
    """Return both networks with their copies, by side."""
    named = read_copy(stores.get("activations_reference"))
    task = stores["samples"].attributes["task"]
    learners = {}
    for direction, (_, side) in DIRECTIONS.items():
        batch, reads = how[side]["batch"], transcriber_of(how[side]["transcript"])
        recorded = Recorded(
            networks[f"network_{side}"], stores[f"activations_{side}"], batch, reads
        )
        given = _inputs_of_target(direction, target_input, stores)
        copies = (networks.get(f"{kind}_{side}") for kind in ("untrained", "reference"))
        classifies = task == "classification" and reads is None
        learner = read_learner(recorded, given, classifies, *copies)
        # A network that the experiment names as the reference is the ceiling of every target.
        learners[side] = replace(learner, reference=learner.reference or named)
    return learners


def _fidelity(target: Learner, how: Mapping[str, Any]) -> str:
    """Return how the fidelity to a target's answers is measured."""
    if how["transcript"] is not None:
        return WORDS_R2
    return KAPPA if target.classifies else OUTPUTS_R2


def measure_stored(
    networks: Mapping[str, nn.Module],
    stores: Mapping[str, Store],
    how: Mapping[str, Mapping[str, Any]],
    target_input: str,
    settings: Verdict,
    seed: int,
) -> tuple[TaskEvidence, dict[str, Any]]:
    """Return the evidence on the tasks of a pair, and the attributes of ``task.zarr``.

    ``networks`` by role: ``network_a``, and the copies ``untrained_a`` and ``reference_a`` as far
    as they exist. ``stores`` by role: ``samples``, ``activations`` of both sides, and those of
    ``different_task`` and ``reference`` where the experiment names them. ``how`` has the largest
    batch and the section ``transcript`` of each side, ``target_input`` is as in
    ``evaluation.judged_maps.judge``.
    """
    learners = _learners(networks, stores, how, target_input)
    a, b = learners["a"], learners["b"]
    other = read_copy(stores.get("activations_different_task"))
    draws = resamples(settings.resamples, len(a.outputs.test), seed)
    choices, confidence = settings.task.choices, settings.confidence
    evidence = gather(a, b, other, draws, choices, confidence, seed)
    return evidence, {
        "task": summarise(evidence, settings.task),
        "fidelity": {
            direction: _fidelity(learners[side], how[side])
            for direction, (_, side) in DIRECTIONS.items()
        },
        "reference": {side: learner.reference is not None for side, learner in learners.items()},
    }

"""Errors of a map on held-out samples: of activations, of outputs, and of the networks' task."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.base.relations import DIRECTIONS
from sametask.evaluation.metrics import metrics_to_network, task_metrics
from sametask.evaluation.own_layers import own_layer_metrics
from sametask.evaluation.transcription import Says
from sametask.evaluation.user_metric import figures_to_network, own_figures
from sametask.maps.transformation import Measured, Transformation
from sametask.networks.given import Given
from sametask.statistics.variance import relative_error

# The kind of a task whose answers are texts.
TRANSCRIPTION = "transcription"
# One in so many test rows is among the worst.
WORST = 100


@dataclass(frozen=True)
class Held:
    """One network on the test samples: measured (n R, m), all neurons (n R, t), outputs (n, …).

    R is the number of rows, slices, of each sample: 1 unless samples are sequences. ``targets``
    (n, …) are the targets of its task, if known; ``seen`` (n, …) is what it is given
    while its layers are replaced; ``None`` for zeros. ``metric`` is the function of the user that
    compares outputs with targets, if any. ``other`` is another input of the same length, which
    shows what goes past the layers. ``windows()`` are those of what is measured, for maps that see
    them; ``says`` reads texts from outputs. At most ``batch`` samples are in one pass. ``by_beams``
    are the outputs by the beams that a network is compared by as well. ``repeats`` (n R,) is the
    number of the row that each row is equal to, where some are repeated.
    """

    network: nn.Module
    measured: Tensor
    whole: Tensor
    outputs: Tensor
    targets: np.ndarray | None
    seen: Given | None = None
    metric: str | None = None
    other: Given | None = None
    windows: Callable[[], Tensor] | None = None
    says: Says | None = None
    batch: int | None = None
    by_beams: Tensor | None = None
    repeats: Tensor | None = None

    def kind(self, task: str | None) -> str | None:
        """Return the kind of its answers; in whatever task, a network may put out texts."""
        return task if self.says is None else TRANSCRIPTION


@dataclass(frozen=True)
class Judged:
    """A map in one direction: its figures, and its outputs on the test samples, stage by stage.

    ``outputs`` are those of the stitched network; ``None`` if the target's layers are only read.
    """

    metrics: dict[str, float]
    stages: dict[str, Tensor]
    outputs: Tensor | None

    def per_sample(self, target: Held) -> dict[str, Tensor]:
        """Return the output of every stage for each row, and errors of rows and samples.

        ``layers`` are the mapped activations, the output of the last stage; other stages keep their
        names. Errors are mean squares over neurons, or outputs, relative to the target network.
        """
        *inner, last = self.stages
        whole = self.stages[last]
        arrays = {**{name: self.stages[name] for name in inner}, "layers": whole}
        errors = {"activation_error": whole - target.whole}
        if self.outputs is not None:
            arrays["outputs"] = self.outputs
            errors["output_error"] = self.outputs - target.outputs
        return {
            **arrays,
            **{
                name: error.square().reshape(len(error), -1).mean(1)
                for name, error in errors.items()
            },
        }


def _fingerprint(stage: nn.Module) -> bytes:
    """Return a digest of the kind and the arrays of a stage."""
    total = hashlib.sha256(type(stage).__name__.encode())
    for array in stage.state_dict().values():
        total.update(array.cpu().numpy().tobytes())
    return total.digest()


def _walk(
    chain: nn.ModuleDict, activations: Tensor, known: dict[tuple, tuple[Tensor, float]]
) -> tuple[dict[str, Tensor], float]:
    """Return the output of every stage of a map, and the seconds that all stages take.

    Maps have stages in common, such as the encoder: outputs that are ``known`` are not computed
    again. Those of last stages are not kept.
    """
    seen: dict[str, Tensor] = {}
    total = 0.0
    way: tuple[bytes, ...] = ()
    for number, (name, stage) in enumerate(chain.items(), start=1):
        way = (*way, _fingerprint(stage))
        if way in known:
            activations, seconds = known[way]
        else:
            begun = time.perf_counter()
            activations = stage(activations)
            seconds = time.perf_counter() - begun
            if number < len(chain):
                known[way] = activations, seconds
        seen[name], total = activations, total + seconds
    return seen, total


def _stages(
    transformation: Transformation,
    direction: str,
    source: Held,
    known: dict[tuple, tuple[Tensor, float]],
) -> tuple[dict[str, Tensor], float]:
    """Return the output of every stage for all rows of a source, and the seconds of all stages.

    Rows that repeat others are not mapped again.
    """
    chain = transformation.chain(direction)
    sees_window = source.windows is not None and transformation.sees_window(direction)
    rows = source.windows() if source.windows is not None and sees_window else source.measured
    # What is known is of single rows.
    kept = {} if sees_window else known
    if source.repeats is None:
        return _walk(chain, rows, kept)
    own, place = source.repeats.unique(return_inverse=True)
    stages, seconds = _walk(chain, rows[own], kept)
    return {name: values[place] for name, values in stages.items()}, seconds


@torch.no_grad()
def judge(
    transformation: Transformation,
    direction: str,
    held: Mapping[str, Held],
    kind: str | None,
    target_input: str = "dummy",
    known: dict[tuple, tuple[Tensor, float]] | None = None,
) -> Judged:
    """Judge one direction of a map by comparison with the target network.

    ``held`` has the networks ``a`` and ``b``. ``target_input`` is the input of the target while its
    layers are replaced: zeros (``dummy``), the input of the ``source``, or its ``own`` input.
    Errors are over all neurons of the target's layers, and over the target's outputs. ``seconds``
    is the time of the map for the test samples. ``known`` keeps outputs of stages for other maps.
    """
    source, target = (held[side] for side in DIRECTIONS[direction])
    stages, seconds = _stages(transformation, direction, source, {} if known is None else known)
    whole = list(stages.values())[-1]
    metrics = {"activation_mse": (whole - target.whole).square().mean().item()}
    error = relative_error(whole, target.whole)
    if error is not None:
        metrics["activation_r2"] = 1 - error
        metrics |= _worst(whole, target.whole)
    if transformation.ends(direction)[1].layout.read_only:
        return Judged({**metrics, "seconds": seconds}, stages, None)
    stitched = transformation.stitch(held["a"].network, held["b"].network, direction)
    given = source.seen if target_input == "source" else target.seen
    outputs = stitched.back_in_passes(whole, given, target.batch).to(torch.float64)
    metrics |= _output_metrics(outputs, target, target.kind(kind))
    if target.says is not None and target.by_beams is not None:
        with target.says.searching(target.network):
            searched = stitched.back_in_passes(whole, given, target.batch)
        metrics["word_agreement_beams"] = target.says.agreement(searched, target.by_beams)
    return Judged({**metrics, "seconds": seconds}, stages, outputs)


def _worst(mapped: Tensor, whole: Tensor) -> dict[str, float]:
    """Return how much of the error (n, t) the worst rows have, and R² without them.

    The worst rows are 1 % of all, at least one.
    """
    errors = (mapped - whole).square().sum(dim=1)
    ranked = errors.argsort(descending=True)
    count = max(1, len(errors) // WORST)
    worst, rest = ranked[:count], ranked[count:]
    total = errors.sum()
    figures = {"worst_fraction": (errors[worst].sum() / total).item()} if total > 0 else {}
    missed = relative_error(mapped[rest], whole[rest])
    return figures | ({} if missed is None else {"activation_r2_rest": 1 - missed})


def _output_metrics(outputs: Tensor, target: Held, kind: str | None) -> dict[str, float]:
    """Return the figures of a stitched network's outputs (n, …).

    Activations that the target never has may make its outputs not finite. Then only the number of
    such samples is returned.
    """
    finite = outputs.isfinite().reshape(len(outputs), -1).all(dim=1)
    if not finite.all():
        return {"not_finite": int((~finite).sum())}
    metrics = {"output_mse": (outputs - target.outputs).square().mean().item()}
    metrics |= metrics_to_network(outputs, target.outputs, kind)
    if target.says is not None:
        metrics |= target.says.figures(outputs, target.outputs)
    metrics |= task_metrics(outputs, target.targets, kind, target.outputs)
    given, own = outputs.numpy(), target.outputs.numpy()
    metrics |= own_figures(target.metric, given, target.targets, kind)
    return metrics | figures_to_network(target.metric, given, own, kind)


def have_same_targets(held: Mapping[str, Held]) -> bool:
    """Return whether the networks have the same targets for every test sample.

    Only then are the figures of their tasks comparable. Networks may have different tasks, or
    reconstruct different inputs.
    """
    a, b = (held[side].targets for side in ("a", "b"))
    return a is not None and b is not None and np.array_equal(a, b)


def judge_all(
    maps: Mapping[str, Transformation],
    held: Mapping[str, Held],
    kind: str | None,
    target_input: str = "dummy",
) -> Iterator[tuple[str, str, Judged]]:
    """Judge every map in both directions, and yield its name, the direction, and what came out.

    One after another: what all maps put out for all samples may be more than fits into memory.
    """
    rest = held, kind, target_input
    known: dict[str, dict] = {direction: {} for direction in DIRECTIONS}
    for name, transformation in maps.items():
        for direction in DIRECTIONS:
            yield name, direction, judge(transformation, direction, *rest, known[direction])


@torch.no_grad()
def round_trip(transformation: Transformation, held: Mapping[str, Held]) -> dict[str, float]:
    """Return the relative error of a → b → a and of b → a → b on what is measured.

    A round trip that starts at a constant layer has no relative error and is left out.
    """
    errors: dict[str, float | None] = {}
    for name, there, back in (("a_b_a", "a_to_b", "b_to_a"), ("b_a_b", "b_to_a", "a_to_b")):
        source, target = (transformation.networks[side] for side in DIRECTIONS[there])
        start = held[DIRECTIONS[there][0]].measured
        middle = target.layout.measure(transformation(start, there))
        returned = source.layout.measure(transformation(middle, back))
        errors[name] = relative_error(returned, start)
    return {name: error for name, error in errors.items() if error is not None}


def describe_network(measured: Measured, held: Held, task: str | None) -> dict[str, Any]:
    """Return the entry of one network in ``evaluation.json``; ``task`` is the kind of the task."""
    kind = held.kind(task)
    facts = {
        "name": measured.name,
        "layer": " + ".join(measured.layout.layers),
        "neurons": measured.layout.width,
        "parameters": sum(weight.numel() for weight in held.network.parameters()),
        "task": task_metrics(held.outputs, held.targets, kind)
        | own_figures(held.metric, held.outputs.numpy(), held.targets, kind)
        | (held.says.own_figures(held.outputs) if held.says else {}),
    }
    if measured.layout.read_only:
        return facts | {"read_only": measured.layout.pool}
    alone = measured.with_own_layers(held.network)

    def back(given: Given | None) -> Tensor:
        return alone.back_in_passes(held.whole, given, held.batch)

    inputs = held.seen, held.other
    return facts | {"own_layers": own_layer_metrics(back, held.outputs, *inputs, kind, held.says)}

"""How well a map does, on held-out samples: activations, outputs, and the networks' own task."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.base.relations import DIRECTIONS
from sametask.evaluation.metrics import agreement_metrics, task_metrics
from sametask.maps.transformation import Measured, Transformation
from sametask.statistics.variance import relative_error


@dataclass(frozen=True)
class Held:
    """One network on the test samples: measured (n R, m), all neurons (n R, t), outputs (n, …).

    R rows, slices, are of one sample where samples are sequences, else one. ``targets`` (n, …) are
    what it was meant to put out, where that is known; ``seen`` (n, …) what it was given.
    """

    network: nn.Module
    measured: Tensor
    whole: Tensor
    outputs: Tensor
    targets: np.ndarray | None
    seen: Tensor | None = None


@dataclass(frozen=True)
class Judged:
    """One map in one direction: its figures, and what it made of every test sample."""

    metrics: dict[str, float]
    stages: dict[str, Tensor]
    outputs: Tensor

    def per_sample(self, target: Held) -> dict[str, Tensor]:
        """Return what the map's stages made of each row, and errors of rows and samples.

        ``layers`` are the mapped activations; the stages before it keep their names. Errors are
        mean squares over neurons, or outputs, against the target network itself.
        """
        *inner, last = self.stages
        whole = self.stages[last]
        errors = {
            "activation_error": whole - target.whole,
            "output_error": self.outputs - target.outputs,
        }
        return {
            **{name: self.stages[name] for name in inner},
            "layers": whole,
            "outputs": self.outputs,
            **{
                name: error.square().reshape(len(error), -1).mean(1)
                for name, error in errors.items()
            },
        }


def _fingerprint(stage: nn.Module) -> bytes:
    """Return a digest of what a stage is: its kind and its arrays."""
    total = hashlib.sha256(type(stage).__name__.encode())
    for array in stage.state_dict().values():
        total.update(array.cpu().numpy().tobytes())
    return total.digest()


def _walk(
    chain: nn.ModuleDict, activations: Tensor, known: dict[tuple, tuple[Tensor, float]]
) -> tuple[dict[str, Tensor], float]:
    """Return what every stage of a map makes of activations, and the seconds that it takes.

    Maps have stages in common, the encoder above all: those ``known`` do not run again.
    """
    seen: dict[str, Tensor] = {}
    total = 0.0
    way: tuple[bytes, ...] = ()
    for name, stage in chain.items():
        way = (*way, _fingerprint(stage))
        if way not in known:
            begun = time.perf_counter()
            known[way] = stage(activations), time.perf_counter() - begun
        activations, seconds = known[way]
        seen[name], total = activations, total + seconds
    return seen, total


@torch.no_grad()
def judge(
    transformation: Transformation,
    direction: str,
    held: Mapping[str, Held],
    kind: str | None,
    target_input: str = "dummy",
    known: dict[tuple, tuple[Tensor, float]] | None = None,
) -> Judged:
    """Judge one direction of a map against the target network itself.

    ``held`` has the networks ``a`` and ``b``; ``target_input`` is what the target is given while
    its layers are replaced: zeros (``dummy``), what the ``source`` is given, or its ``own``. Errors
    are over all neurons of the target's layers and over its own outputs; ``seconds`` is the time
    the map took for the test samples. ``known`` keeps what stages made of them for other maps.
    """
    source, target = (held[side] for side in DIRECTIONS[direction])
    chain = transformation.chain(direction)
    stages, seconds = _walk(chain, source.measured, {} if known is None else known)
    whole = list(stages.values())[-1]
    stitched = transformation.stitch(held["a"].network, held["b"].network, direction)
    given = {"dummy": None, "source": source.seen, "own": target.seen}[target_input]
    outputs = stitched.back(whole, given).to(torch.float64)
    metrics = {"activation_mse": (whole - target.whole).square().mean().item()}
    error = relative_error(whole, target.whole)
    if error is not None:
        metrics["activation_r2"] = 1 - error
    metrics |= _output_metrics(outputs, target, kind)
    return Judged({**metrics, "seconds": seconds}, stages, outputs)


def _output_metrics(outputs: Tensor, target: Held, kind: str | None) -> dict[str, float]:
    """Return the figures of a stitched network's outputs (n, …).

    Activations that the target never has may lead it to outputs that are not finite: only the
    number of such samples is told then.
    """
    finite = outputs.isfinite().reshape(len(outputs), -1).all(dim=1)
    if not finite.all():
        return {"not_finite": int((~finite).sum())}
    metrics = {"output_mse": (outputs - target.outputs).square().mean().item()}
    if kind == "classification":
        metrics |= agreement_metrics(outputs, target.outputs)
    return metrics | task_metrics(outputs, target.targets, kind)


def share_targets(held: Mapping[str, Held]) -> bool:
    """Return whether the networks are meant to put out the same for every test sample.

    Only then do figures of their task compare them. Networks may have tasks of their own, or
    reconstruct what only they see.
    """
    a, b = (held[side].targets for side in ("a", "b"))
    return a is not None and b is not None and np.array_equal(a, b)


def judge_all(
    maps: Mapping[str, Transformation],
    held: Mapping[str, Held],
    kind: str | None,
    target_input: str = "dummy",
) -> dict[str, dict[str, Judged]]:
    """Judge every map in both directions: ``{map: {direction: Judged}}``."""
    rest = held, kind, target_input
    known: dict[str, dict] = {direction: {} for direction in DIRECTIONS}
    return {
        name: {
            direction: judge(one, direction, *rest, known[direction]) for direction in DIRECTIONS
        }
        for name, one in maps.items()
    }


@torch.no_grad()
def round_trip(transformation: Transformation, held: Mapping[str, Held]) -> dict[str, float]:
    """Return the relative error of a → b → a and of b → a → b on the measured neurons.

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


def describe_network(measured: Measured, held: Held, kind: str | None) -> dict[str, Any]:
    """Return the entry of one network in ``evaluation.json``."""
    return {
        "name": measured.name,
        "layer": " + ".join(measured.layout.layers),
        "neurons": len(measured.layout.columns),
        "parameters": sum(weight.numel() for weight in held.network.parameters()),
        "task": task_metrics(held.outputs, held.targets, kind),
    }

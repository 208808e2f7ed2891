"""Draw the samples of an experiment: those a map is fitted on, and those it is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sametask.errors import ConfigError, DataError, about
from sametask.inputs.arrays import load_arrays
from sametask.inputs.domains import Domain, place
from sametask.inputs.views import see
from sametask.randomness import generator
from sametask.references import resolve


@dataclass(frozen=True)
class Draw:
    """Inputs (n, …), their targets (n, …) where known, and their rows in a data set."""

    inputs: np.ndarray
    targets: np.ndarray | None
    rows: np.ndarray | None = None


def evaluate_target(reference: str, points: np.ndarray) -> np.ndarray:
    """Return what the function ``package.module:function`` makes of inputs (n, …): (n, …).

    Raises ``DataError`` if that is not one finite target for each input.
    """
    targets = np.asarray(resolve(reference)(points))
    if len(targets) != len(points) or not np.isfinite(targets).all():
        raise DataError(f"{reference}: must return one finite target for each input")
    return targets


def _targets(task: Mapping[str, Any] | None, points: np.ndarray) -> np.ndarray | None:
    """Evaluate the task's target function, if it has one."""
    if task is None or task["target"] is None:
        return None
    return evaluate_target(task["target"], points)


def _require_classes(task: Mapping[str, Any] | None, targets: np.ndarray | None) -> None:
    """Refuse a classification of one class only: its accuracies and agreement mean nothing."""
    if task is not None and task["kind"] == "classification" and targets is not None:
        classes = np.unique(targets)
        if len(classes) < 2:
            raise DataError(
                f"all {len(targets)} samples are of class {classes[0]}; a classification needs two"
            )


def _array_rows(total: int, samples: Mapping[str, Any], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the fit and of the test samples, which share none."""
    wanted = samples["fit"] + samples["test"]
    if wanted > total:
        raise ConfigError(
            f"samples: fit + test = {wanted}, but the data set has {total} rows; "
            f"fit: {total - samples['test']} is the most beside test: {samples['test']}"
        )
    order = generator(seed, "rows").permutation(total)
    return order[samples["test"] : wanted], order[: samples["test"]]


def draw_samples(
    inputs: Mapping[str, Any],
    samples: Mapping[str, Any],
    task: Mapping[str, Any] | None,
    seed: int,
) -> dict[str, Draw]:
    """Return the ``fit`` and the ``test`` samples of an experiment.

    The arguments are the sections of ``config.Experiment`` as plain values. Rows of an array
    are divided at random; in a domain both sets are placed by the same rule.
    """
    if inputs["domain"] == "array":
        data, labels = load_arrays(inputs["source"], inputs["inputs"], inputs["labels"])
        fit, test = _array_rows(len(data), samples, seed)
        pick = {"fit": np.sort(fit), "test": np.sort(test)}
        draws = {
            part: Draw(data[rows], None if labels is None else labels[rows], rows)
            for part, rows in pick.items()
        }
    else:
        domain = Domain.of(inputs)
        draws = {}
        for part, shift in (("fit", 0.0), ("test", samples["test_shift"])):
            points = place(
                samples[part], domain.low, domain.high, samples["placement"], part, seed, shift
            )
            draws[part] = Draw(points, _targets(task, points))
    for part, drawn in draws.items():
        if not np.isfinite(drawn.inputs).all():
            row = int(np.argwhere(~np.isfinite(drawn.inputs))[0][0])
            raise DataError(f"{part} sample {row} has an input that is not finite")
        with about(f"{part} samples"):
            _require_classes(task, drawn.targets)
    return draws


def training_data(
    inputs: Mapping[str, Any],
    task: Mapping[str, Any],
    settings: Mapping[str, Any],
    view: Mapping[str, Any] | None,
    held_out: np.ndarray | None,
    seed: int,
) -> tuple[Draw, Draw | None]:
    """Return what a network is trained on and validated with (``None`` without validation).

    Of a data set these are all rows but the ``held_out`` ones, the experiment's test samples. In
    a domain they are uniform draws between ``settings["low"]`` and ``settings["high"]``. Inputs
    are as the network sees them. The targets are those inputs for a reconstruction, and those of
    ``settings["target"]`` where the network has another task.
    """
    kept, labels = settings["validation"], None
    if inputs["domain"] == "array":
        data, labels = load_arrays(inputs["source"], inputs["inputs"], inputs["labels"])
        rows = np.setdiff1d(np.arange(len(data)), held_out)
        rows = generator(seed, "training rows").permutation(rows)
        drawn, labels = data[rows], None if labels is None else labels[rows]
    else:
        domain = Domain.of(inputs)
        low = domain.low if settings["low"] is None else np.maximum(domain.low, settings["low"])
        high = (
            domain.high if settings["high"] is None else np.minimum(domain.high, settings["high"])
        )
        drawn = place(settings["samples"] + kept, low, high, "random", "training", seed)
    if kept >= len(drawn):
        raise ConfigError(f"train.validation: {kept}, but only {len(drawn)} inputs to train on")
    seen = see(drawn, inputs, view)
    reference = settings["target"] or task["target"]
    if reference:
        targets = evaluate_target(reference, drawn)
    else:
        targets = seen if task["kind"] == "reconstruction" else labels
    validation = Draw(seen[:kept], targets[:kept]) if kept else None
    return Draw(seen[kept:], targets[kept:]), validation

"""Try out the samples of an experiment, and what its networks are to answer for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, NetworkError, nearest
from sametask.config import Experiment, Network
from sametask.config.names import usable_path
from sametask.config.sections.input_sections import Array, Simulation
from sametask.inputs import (
    Draw,
    describe_equal_rows,
    draw_own,
    draw_samples,
    draw_shared,
    equal_rows,
    evaluate_target,
    examine,
)
from sametask.inputs.data_sets.labels import as_targets
from sametask.inputs.simulation import BLOCK, simulate
from sametask.inputs.training import training_rows
from sametask.storage.provenance import named_files

# Samples that a view is tried out on, and rows of a file that is yet to be simulated.
TRIED = 4


def few_of(inputs: np.ndarray) -> np.ndarray:
    """Return a few samples, from the first to the last, as neighbours in a file may be equal."""
    places = np.linspace(0, len(inputs) - 1, min(TRIED, len(inputs)))
    return inputs[places.astype(int)]


@dataclass(frozen=True)
class Samples:
    """What is drawn of an experiment: every network's fit samples, and all that were drawn at once.

    Of a data set ``first`` (n,) says which rows are equal, and ``targets`` (n, …) are those of all
    rows; a domain has neither.
    """

    fit: Mapping[str, Draw]
    drawn: Mapping[str, Draw] = field(default_factory=dict)
    first: np.ndarray | None = None
    targets: np.ndarray | None = None

    def targets_of(self, name: str) -> np.ndarray | None:
        """Return all that is known of the targets of a network."""
        return self.fit[name].targets if self.targets is None else self.targets

    def told(self) -> list[str]:
        """Return what is as well to know of the samples."""
        found = self.first is not None and describe_equal_rows(equal_rows(self.first, self.drawn))
        return [found] if found else []


def try_samples(experiment: Experiment) -> Samples:
    """Draw the samples of an experiment."""
    inputs, samples, task = experiment.inputs, experiment.samples, experiment.task
    if isinstance(inputs, Array) and inputs.simulate is not None:
        few = _simulated(experiment, inputs, inputs.simulate)
        rows = np.arange(inputs.simulate.count)
        tested = Draw(few.inputs, None, rows[: samples.test])
        return Samples(dict.fromkeys(experiment.networks, few), {"test": tested}, rows)
    sections = inputs, samples, task, experiment.seed
    first, targets = examine(inputs, task)
    if experiment.shares_samples:
        drawn = draw_samples(*sections, first)
        fit = dict.fromkeys(experiment.networks, drawn["fit"])
    else:
        drawn = draw_shared(*sections, experiment.pool, first)
        fit = {
            name: draw_own(*sections, drawn, name, experiment.portion(name), first)
            for name in experiment.networks
        }
    return Samples(fit, drawn, first, targets)


def _simulated(experiment: Experiment, inputs: Array, asked: Simulation) -> Draw:
    """Return a few rows of a file that is yet to be simulated, refusing too small a one."""
    samples, seed = experiment.samples, experiment.seed
    wanted = samples.fit + samples.test
    if wanted > asked.count:
        raise ConfigError(
            f"inputs.simulate.count: {asked.count}, but samples: fit + test = {wanted}"
        )
    arrays, others = (simulate(asked, TRIED, one) for one in (seed, seed + 1))
    for name in filter(None, (inputs.inputs, inputs.labels)):
        if name not in arrays:
            raise ConfigError(f"inputs.simulate: makes no array {name!r}; {nearest(name, arrays)}")
    points = arrays[inputs.inputs]
    labels = arrays[inputs.labels] if inputs.labels else None
    if asked.count > BLOCK and np.array_equal(points, others[inputs.inputs]):
        raise ConfigError(
            f"inputs.simulate: the same rows for every seed, so that each {BLOCK:,} rows repeat "
            f"the first; draw from `seed`, or count: {BLOCK} at most"
        )
    return Draw(points, as_targets(labels, experiment.task.kind if experiment.task else None))


def require_usable_files(key: str, arguments: Mapping[str, Any]) -> None:
    """Refuse arguments that name a file by a path that the rules cannot take."""
    for path in named_files(arguments):
        try:
            usable_path(path)
        except ValueError as error:
            raise ConfigError(f"{key}: {error}") from error


def require_targets(
    experiment: Experiment, network: Network, draw: Draw, answer: tuple[int, ...]
) -> None:
    """Try out the targets of a network that is to be trained, or judged by a regression."""
    kind = experiment.task.kind if experiment.task else None
    targets = draw.targets
    if network.own_target:
        targets = as_targets(evaluate_target(network.own_target, draw.inputs), kind)
    elif network.train and targets is None and not experiment.reconstructs:
        raise ConfigError("cannot be trained: the data set has no labels")
    if kind == "regression" and targets is not None:
        told = targets.shape[1:]
        if math.prod(told) != math.prod(answer):
            raise ConfigError(
                f"task.kind: regression, but it puts out {answer} for a sample, and targets are of "
                f"shape {('n', *told)}"
            )


def require_trainable(experiment: Experiment, network: Network, samples: Samples) -> None:
    """Refuse to train a network on rows none of which is left beside test and validation."""
    if network.train and samples.first is not None:
        kept = network.train.validation
        training_rows(samples.first, samples.drawn["test"].rows, kept, experiment.seed)


def require_judgeable(
    experiment: Experiment,
    answer: tuple[int, ...],
    seen: tuple[int, ...],
    targets: np.ndarray | None,
) -> None:
    """Refuse answers that the task cannot be judged by: of another shape, or of other classes."""
    kind = experiment.task.kind if experiment.task else None
    if kind == "reconstruction" and answer != seen:
        raise NetworkError(f"task.kind: reconstruction, but it puts out {answer} for {seen}")
    if kind == "classification":
        if len(answer) > 1:
            raise NetworkError(
                f"task.kind: classification, but it puts out {answer} for a sample, not one logit "
                "or one for each class"
            )
        _require_labels(targets, max(2, math.prod(answer)))


def _require_labels(labels: np.ndarray | None, classes: int) -> None:
    """Refuse labels that are not one whole number from 0 on for each of so many classes."""
    if labels is not None and not np.isin(labels, range(classes)).all():
        found = ", ".join(map(str, np.unique(labels)[:5]))
        raise ConfigError(
            f"tells classes 0 to {classes - 1} apart, but there are labels {found}, …; "
            f"one logit tells 0 from 1, c of them 0 to c - 1"
        )


def require_real(inputs: np.ndarray) -> None:
    """Refuse inputs that cannot be perturbed, or that no network takes."""
    if inputs.dtype.kind != "f" or inputs.dtype.itemsize > 8:
        raise ConfigError(
            f"inputs are {inputs.dtype}: neighbourhoods add noise to them, which needs real "
            "numbers, float32 or float64"
        )

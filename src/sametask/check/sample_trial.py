"""Try the samples of an experiment, and the targets of its networks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, NetworkError, about, nearest
from sametask.check.sound_trial import hear_shortest, quietest
from sametask.config import Experiment, Network
from sametask.config.names import usable_path
from sametask.config.sections.data_set_sections import Speech, Text
from sametask.config.sections.input_sections import Array, Simulation
from sametask.config.sections.sample_sections import DATA, INSIDE, NOISE
from sametask.inputs import (
    Draw,
    describe_equal_rows,
    draw_own,
    draw_samples,
    draw_shared,
    equal_rows,
    evaluate_target,
    examine,
    see,
)
from sametask.inputs.data_sets.labels import as_targets
from sametask.inputs.fields import fields_of
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.inputs.simulation import BLOCK, simulate
from sametask.inputs.texts import IDS
from sametask.inputs.training import training_rows
from sametask.storage.provenance import named_files

# Number of samples for the trial of a view, and of rows of a file that is not simulated yet.
TRIED = 4
# Number of perturbed texts that are tried: a single one may be too long.
TRIED_TEXTS = 2_000


def few_of(inputs: np.ndarray) -> np.ndarray:
    """Return a few samples from the whole range: consecutive rows of a file may be equal."""
    places = np.linspace(0, len(inputs) - 1, min(TRIED, len(inputs)))
    return inputs[places.astype(int)]


@dataclass(frozen=True)
class Samples:
    """The samples of an experiment: the fit samples of every network, and all draws by part.

    For a data set, ``first`` (n,) is ``first_rows``, and ``targets`` (n, …) are those of all rows;
    both are ``None`` for a domain.
    """

    fit: Mapping[str, Draw]
    drawn: Mapping[str, Draw] = field(default_factory=dict)
    first: np.ndarray | None = None
    targets: np.ndarray | None = None

    def targets_of(self, name: str) -> np.ndarray | None:
        """Return all known targets of a network."""
        return self.fit[name].targets if self.targets is None else self.targets

    def notes(self) -> list[str]:
        """Return sentences on the samples that the user should know."""
        if self.first is None:
            return []
        note = describe_equal_rows(equal_rows(self.first, self.drawn))
        return [note] if note else []


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
    """Return a few rows of a file that is not simulated yet; refuse a file that is too small."""
    samples, seed = experiment.samples, experiment.seed
    wanted = samples.fit + samples.test
    if wanted > asked.count:
        raise ConfigError(
            f"inputs.simulate.count: {asked.count}, but samples: fit + test = {wanted}"
        )
    arrays, others = (simulate(asked, TRIED, number) for number in (seed, seed + 1))
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
) -> np.ndarray | None:
    """Try the targets of a network that is trained, or judged by a regression; return them."""
    kind = experiment.task.kind if experiment.task else None
    targets = draw.targets
    if network.own_target:
        targets = as_targets(evaluate_target(network.own_target, draw.inputs), kind)
    elif network.train and targets is None and not experiment.reconstructs:
        raise ConfigError("cannot be trained: the data set has no labels")
    if kind == "regression" and targets is not None:
        shape = targets.shape[1:]
        if math.prod(shape) != math.prod(answer):
            raise ConfigError(
                f"task.kind: regression, but it puts out {answer} for a sample, and targets are of "
                f"shape {('n', *shape)}"
            )
    return targets


def require_trainable(experiment: Experiment, network: Network, samples: Samples) -> None:
    """Refuse training if no rows are left beside those of test and validation."""
    if network.train and samples.first is not None:
        kept = network.train.validation
        training_rows(samples.first, samples.drawn["test"].rows, kept, experiment.seed)


def require_judgeable(
    experiment: Experiment,
    answer: tuple[int, ...],
    seen: tuple[int, ...],
    targets: np.ndarray | None,
) -> None:
    """Refuse answers that do not fit the task: another shape, or other classes."""
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
    """Refuse labels that are not whole numbers from 0 to ``classes`` - 1."""
    if labels is not None and not np.isin(labels, range(classes)).all():
        labels_text = ", ".join(map(str, np.unique(labels)[:5]))
        raise ConfigError(
            f"tells classes 0 to {classes - 1} apart, but there are labels {labels_text}, …; "
            f"one logit tells 0 from 1, c of them 0 to c - 1"
        )


def require_real(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse inputs that are not real numbers, if noise or steps are added to them."""
    asked = experiment.perturbations
    adds = asked.along in (NOISE, DATA)
    if adds and (inputs.dtype.kind != "f" or inputs.dtype.itemsize > 8):
        raise ConfigError(
            f"inputs are {inputs.dtype}: perturbations.along: {asked.along} adds to them, which "
            "needs real numbers, float32 or float64; valid for others: inside, or a function "
            "package.module:function"
        )


def try_perturbations(experiment: Experiment, fit: np.ndarray) -> np.ndarray | None:
    """Return the perturbations (n, M, …) of a few fit samples: longest texts, quietest clips.

    Raises as ``DrawnPerturbations.around`` does.
    """
    asked = experiment.perturbations
    # Of a file that is not simulated yet, there are too few samples for neighbours.
    if asked.along == DATA and len(fit) < experiment.samples.fit:
        return None
    # Noise inside a network is drawn when the network is tried.
    if asked.along == INSIDE:
        return None
    numbers, count = np.arange(len(fit)), TRIED
    if isinstance(experiment.inputs, Text):
        numbers = np.argsort(-np.count_nonzero(fit, axis=1), kind="stable")
        count = max(TRIED, TRIED_TEXTS // asked.count)
    if isinstance(experiment.inputs, Speech):
        numbers = quietest(fit, count)
    few = numbers[:count].tolist()
    return DrawnPerturbations(asked, experiment.seed).around(fit[few], few, fit)


def tried_inputs(
    experiment: Experiment, key: str, samples: Samples, perturbed: np.ndarray | None
) -> np.ndarray:
    """Return the inputs (n, …) of a network for a few samples, on which it is tried.

    Of clips, the shortest of each part are among them. Tokens are made of all texts, and of
    ``perturbed`` ones (n, M, L): a single one may be too long, or have unknown words. Those with
    the largest token numbers are among what is returned. Raises ``DataError`` for a text or a clip
    that cannot be used.
    """
    view, few = experiment.networks[key].view, few_of(samples.fit[key].inputs)
    if isinstance(experiment.inputs, Speech):
        clips = {**samples.drawn, "fit": samples.fit[key]}
        shortest = [hear_shortest(experiment, key, *drawn) for drawn in clips.items()]
        few = np.concatenate([few, *shortest])
    if not isinstance(experiment.inputs, Text):
        return see(few, experiment.inputs, view)
    parts = {f"{part} samples": drawn.inputs for part, drawn in samples.drawn.items()}
    parts["fit samples"] = samples.fit[key].inputs
    if perturbed is not None:
        parts["perturbations"] = perturbed.reshape(-1, perturbed.shape[-1])
    for part, texts in parts.items():
        with about(part):
            few = np.concatenate([few, texts[_largest(see(texts, experiment.inputs, view))]])
    return see(few, experiment.inputs, view)


def _largest(seen: np.ndarray) -> slice:
    """Return the place of the input with the largest token number."""
    ids = (fields_of(seen) or {IDS: seen}).get(IDS)
    place = 0 if ids is None else int(ids.reshape(len(ids), -1).max(axis=1).argmax())
    return slice(place, place + 1)

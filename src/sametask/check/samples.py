"""Try out the samples of an experiment, and what its networks are to answer for them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.config import Experiment, Network
from sametask.config.names import names_file, usable_path
from sametask.errors import ConfigError, NetworkError, nearest
from sametask.inputs import Draw, draw_own, draw_samples, draw_shared, evaluate_target
from sametask.inputs.arrays import collapsed
from sametask.inputs.simulation import simulate

# Samples that a view is tried out on, and rows of a file that is yet to be simulated.
TRIED = 4


def fit_samples(experiment: Experiment) -> dict[str, Draw]:
    """Return the fit samples of every network."""
    plain = experiment.plain()
    sections = plain["inputs"], plain["samples"], plain["task"], experiment.seed
    if plain["inputs"].get("simulate"):
        return dict.fromkeys(experiment.networks, _simulated(plain, experiment.seed))
    if experiment.shares_samples:
        return dict.fromkeys(experiment.networks, draw_samples(*sections)["fit"])
    shared = draw_shared(*sections, experiment.pool)
    return {
        name: draw_own(*sections, shared, name, experiment.share(name))
        for name in experiment.networks
    }


def _simulated(plain: Mapping[str, Any], seed: int) -> Draw:
    """Return a few rows of a file that is yet to be simulated, refusing too small a one."""
    inputs, samples = plain["inputs"], plain["samples"]
    count, wanted = inputs["simulate"]["count"], samples["fit"] + samples["test"]
    if wanted > count:
        raise ConfigError(f"inputs.simulate.count: {count}, but samples: fit + test = {wanted}")
    arrays = simulate(inputs["simulate"], TRIED, seed)
    for name in filter(None, (inputs["inputs"], inputs["labels"])):
        if name not in arrays:
            raise ConfigError(f"inputs.simulate: makes no array {name!r}; {nearest(name, arrays)}")
    labels = arrays.get(inputs["labels"])
    return Draw(arrays[inputs["inputs"]], None if labels is None else collapsed(labels))


def require_usable_files(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments of a view that name a file by a path that the rules cannot take."""
    for key, value in arguments.items():
        try:
            _ = names_file(value) and usable_path(value)
        except ValueError as error:
            raise ConfigError(f"view.arguments.{key}: {error}") from error


def require_targets(experiment: Experiment, network: Network, draw: Draw) -> None:
    """Try out the targets of a network that is to be trained."""
    if network.own_target:
        evaluate_target(network.own_target, draw.inputs)
    elif network.train and draw.targets is None and not experiment.reconstructs:
        raise ConfigError("cannot be trained: the data set has no labels")


def require_judgeable(
    experiment: Experiment, answer: tuple[int, ...], seen: tuple[int, ...], draw: Draw
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
        _require_labels(draw.targets, max(2, math.prod(answer)))


def _require_labels(labels: np.ndarray | None, classes: int) -> None:
    """Refuse labels that are not one whole number from 0 on for each of so many classes."""
    if labels is None:
        return
    if labels.ndim > 1 or labels.dtype.kind not in "bui":
        raise ConfigError(
            f"task.kind: classification, but labels are {labels.dtype} of shape "
            f"{('n', *labels.shape[1:])}; valid: one whole number a sample, or truth values"
        )
    if not np.isin(labels, range(classes)).all():
        found = ", ".join(map(str, np.unique(labels)[:5]))
        raise ConfigError(
            f"tells classes 0 to {classes - 1} apart, but there are labels {found}, …; "
            f"one logit tells 0 from 1, c of them 0 to c - 1"
        )


def require_real(inputs: np.ndarray) -> None:
    """Refuse inputs that cannot be perturbed."""
    if not np.issubdtype(inputs.dtype, np.floating):
        raise ConfigError(
            f"inputs are {inputs.dtype}: neighbourhoods add noise to them, which needs real numbers"
        )

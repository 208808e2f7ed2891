"""Try the metric of the user, and the names of classes and axes, before hours are spent."""

from __future__ import annotations

import math

import numpy as np
import torch

from sametask.activations.extract import to_network
from sametask.activations.values import require_answer
from sametask.base.errors import ConfigError
from sametask.check.builds import built
from sametask.check.pretrained_trial import is_large, survey
from sametask.config import Experiment, Network
from sametask.config.sections.input_sections import Array, require_named
from sametask.evaluation.user_metric import comparable, measure
from sametask.networks.calls import forward

# Largest number of outputs that the metric is tried on.
MOST = 1000


def try_metric(
    experiment: Experiment, network: Network, seen: np.ndarray, targets: np.ndarray | None
) -> None:
    """Try the metric on a network's outputs for a few inputs ``seen`` (k, …).

    They are repeated beside ``MOST`` of the ``targets`` (n, …), evenly spread. Without targets, the
    network's own outputs, or all classes in turn, take their place. Then all outputs are the same,
    as those by the map ``mean``. Raises the errors of ``measure``. A large pretrained network is
    not run.
    """
    task, surveyed = experiment.task, survey(network)
    if task is None or task.metric is None or (surveyed is not None and is_large(surveyed[0])):
        return
    outputs = _answers(network, seen)
    if targets is not None:
        places = np.linspace(0, len(targets) - 1, min(MOST, len(targets))).astype(int)
        expected = targets[places]
    elif task.kind == "classification":
        expected = np.arange(max(2, math.prod(outputs.shape[1:])))
    else:
        expected = outputs
    repeated = outputs[np.arange(len(expected)) % len(outputs)]
    expected = comparable(repeated, expected, task.kind)
    for tried in (repeated, np.broadcast_to(outputs[:1], repeated.shape)):
        measure(task.metric, tried, expected)


@torch.no_grad()
def _answers(network: Network, seen: np.ndarray) -> np.ndarray:
    """Return a network's outputs (k, …), float64, for inputs (k, …)."""
    module = built(network)
    answer = require_answer(forward(module, to_network(module, seen)), len(seen))
    return answer.to(torch.float64).numpy(force=True)


def require_class_names(experiment: Experiment, answer: tuple[int, ...]) -> None:
    """Refuse another number of names than of classes that an ``answer`` tells apart."""
    names = experiment.task.classes if experiment.task else None
    count = max(2, math.prod(answer))
    if names is not None and len(names) != count:
        raise ConfigError(f"task.classes: {len(names)} names, but it tells {count} classes apart")


def require_axis_names(experiment: Experiment, inputs: np.ndarray) -> None:
    """Refuse names of axes that the rows (n, …) of a data set do not have."""
    section = experiment.inputs
    if not isinstance(section, Array) or not (section.names or section.units):
        return
    shape = inputs.shape[1:]
    if len(shape) != 1:
        raise ConfigError(
            f"inputs.names, inputs.units: an input has shape {shape}, and only vectors have axes "
            "with names"
        )
    try:
        require_named(section, shape[0])
    except ValueError as error:
        raise ConfigError(f"inputs.{error}") from error

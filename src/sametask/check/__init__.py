"""Try an experiment before the first job: find every error that a short trial can find."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.activations.layout import Layout
from sametask.base.errors import about
from sametask.base.references import resolve
from sametask.check.metric_trial import require_axis_names, require_class_names, try_metric
from sametask.check.network_trial import check_network
from sametask.check.pretrained_trial import describe_weights
from sametask.check.sample_trial import (
    Samples,
    few_of,
    require_judgeable,
    require_real,
    require_targets,
    require_trainable,
    require_usable_files,
    tried_inputs,
    try_perturbations,
    try_samples,
)
from sametask.check.sound_trial import describe_room
from sametask.check.stage_limits import (
    describe_few_samples,
    require_components,
    require_perturbed,
    require_reconstructible,
    require_regressible,
    require_slices,
    require_steps,
    require_target_input,
)
from sametask.check.word_trial import require_same_words
from sametask.config import Experiment, Network
from sametask.config.sections.network_sections import Transcript
from sametask.config.unmade import describe_unmade, unmade
from sametask.evaluation.user_metric import metric_of
from sametask.inputs import require_closed
from sametask.inputs.fields import steps_of
from sametask.networks.transcripts import read_transcriber, require_transcribed

__all__ = ["check_experiment", "check_network"]


def check_experiment(source: str, experiment: Experiment) -> list[str]:
    """Raise an error of one line, with ``source`` in front, if the experiment cannot work.

    Returns sentences on properties that the user should know.
    """
    with about(source):
        if experiment.task and experiment.task.target:
            resolve(experiment.task.target)
        if experiment.task and experiment.task.metric:
            metric_of(experiment.task.metric)
        missing = unmade(experiment)
        if missing:
            return _untried(experiment, missing)
        samples = try_samples(experiment)
        inputs = next(iter(samples.fit.values())).inputs
        require_axis_names(experiment, inputs)
        require_regressible(experiment, inputs)
        require_usable_files("perturbations.arguments", experiment.perturbations.arguments)
        require_perturbed(experiment, inputs)
        perturbed = try_perturbations(experiment, inputs)
        notes: list[str] = []
        layouts: dict[str, Layout] = {}
        shapes: dict[str, tuple[int, ...]] = {}
        for key, network in experiment.networks.items():
            with about(f"networks.{key}"):
                notes += _notes_on_weights(key, network, experiment)
                layouts[key], shapes[key] = _check_one(experiment, key, samples, perturbed)
        require_steps(layouts)
        require_same_words(experiment, samples)
        require_target_input(experiment, shapes)
    notes += describe_room(experiment, samples.drawn)
    return samples.notes() + notes + describe_few_samples(experiment, layouts)


def _check_one(
    experiment: Experiment, key: str, samples: Samples, perturbed: np.ndarray | None
) -> tuple[Layout, tuple[int, ...]]:
    """Try one network; return the layout of its measured layers, and the shape of what it sees.

    ``perturbed`` are inputs around a few samples, if they are made outside the networks.
    """
    network, draw = experiment.networks[key], samples.fit[key]
    require_usable_files("arguments", network.arguments)
    require_usable_files("view.arguments", network.view.arguments if network.view else {})
    require_closed(few_of(draw.inputs), experiment.inputs, network.view)
    seen = tried_inputs(experiment, key, samples, perturbed)
    require_real(experiment, seen)
    require_trainable(experiment, network, samples)
    layout, answer = check_network(network, seen, experiment.positions)
    targets = None
    if network.transcript is not None:
        _require_transcribed(network.transcript, answer, steps_of(seen))
    else:
        targets = require_targets(experiment, network, draw, answer)
    if network.transcript is None and not network.own_target:
        require_judgeable(experiment, answer, seen.shape[1:], samples.targets_of(key))
        require_class_names(experiment, answer)
    try_metric(experiment, network, seen, targets)
    require_components(experiment, network, layout)
    require_reconstructible(experiment, layout)
    require_slices(experiment, network, layout)
    return layout, seen.shape[1:]


def _require_transcribed(
    transcript: Transcript, answer: tuple[int, ...], steps: int | None
) -> None:
    """Refuse answers that are no scores of the tokens by which they are to be read as text."""
    reads = read_transcriber(transcript.tokeniser, transcript.by)
    require_transcribed(reads, answer, transcript.tokeniser, steps)


def _notes_on_weights(key: str, network: Network, experiment: Experiment) -> list[str]:
    """Return sentences on the weights of a network; it is given no input."""
    has_untrained = "untrained" in experiment.verdict.controls
    return [f"networks.{key}: {note}" for note in describe_weights(network, has_untrained)]


def _untried(experiment: Experiment, missing: Mapping[str, str]) -> list[str]:
    """Try only the weights that are here, where inputs or other networks are not made yet."""
    notes = [describe_unmade(missing)]
    for key, network in experiment.networks.items():
        if f"networks.{key}.pretrained.source" not in missing:
            with about(f"networks.{key}"):
                notes += _notes_on_weights(key, network, experiment)
    return notes

"""Checks of the keys of an experiment against each other, beyond the range of each."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from sametask.base.errors import nearest
from sametask.config.perturbable import require_perturbable
from sametask.config.readable import require_readable
from sametask.config.sections.input_sections import Circle, DataSet, Product
from sametask.config.sections.network_sections import COPIES
from sametask.config.sections.sample_sections import STEPS
from sametask.config.sections.stage_sections import AUTO
from sametask.config.transcribable import require_transcribable
from sametask.jobs.parts import most_shards
from sametask.statistics.sizes import TEST_SAMPLES

# Largest number of inputs of a network: ten days at ten thousand per second.
MOST_PASSES = 10**10

if TYPE_CHECKING:
    from sametask.config import Experiment


def _embeddable(asked: Experiment) -> None:
    diffusion, rows, key = asked.diffusion, asked.samples.fit, "samples.fit"
    if asked.positions is not None:
        # Of one sample there are several positions.
        rows, key = asked.positions.samples, "positions.samples"
    if diffusion.coordinates != "auto" and diffusion.coordinates > rows - 2:
        raise ValueError(
            f"diffusion.coordinates: {diffusion.coordinates} asked for, but {key}: {rows} allows "
            f"at most {rows - 2}"
        )
    if diffusion.neighbour != "auto" and diffusion.neighbour >= rows:
        raise ValueError(
            f"diffusion.neighbour: {diffusion.neighbour} asked for, but {key} is {rows}; at most "
            f"{rows - 1}"
        )


def _countable(asked: Experiment) -> None:
    passes = asked.samples.fit * asked.perturbations.count
    if passes > MOST_PASSES:
        raise ValueError(
            f"perturbations.count: {asked.perturbations.count} for each of {asked.samples.fit} fit "
            f"samples are {passes:.2g} inputs; at most {MOST_PASSES:.0e} of each network"
        )


def _own_samples(asked: Experiment) -> None:
    if asked.shares_samples:
        if asked.study:
            raise ValueError(
                "study: varies the shared inputs; give their number as samples.anchors"
            )
        # A rotation needs the same number of coordinates of both networks.
        if asked.diffusion.coordinates == "auto":
            raise ValueError(
                "diffusion.coordinates: auto may keep more of one network than of another; "
                "valid: a number, or auto with samples.anchors"
            )
        return
    if asked.reconstruct:
        raise ValueError(
            "reconstruct: needs samples that all networks share; leave out samples.anchors, or "
            "set reconstruct: null"
        )
    if asked.samples.placement == "equidistant" and not isinstance(asked.inputs, DataSet):
        raise ValueError(
            "samples.placement: equidistant gives all networks the same samples; with "
            "samples.anchors valid: random, sobol"
        )


def _steps_kept(asked: Experiment, of_steps: bool) -> None:
    for name, network in asked.networks.items():
        if network.pool is not None:
            raise ValueError(
                f"networks.{name}.pool: makes one row of a sample, and positions many; give one"
            )
        if "time" not in (network.axes or ([] if of_steps else ["time"])):
            raise ValueError(
                f"networks.{name}.axes: positions cut sequences; name the axes of its layers, "
                "time among them, as in [batch, time, neuron]"
            )


def _sequences(asked: Experiment) -> None:
    if asked.positions is None:
        if asked.recorded:
            raise ValueError("recorded: cuts the sequences of another experiment; give positions")
        return
    _steps_kept(asked, asked.positions.of == STEPS)
    # These would take a slice of a sample for a sample.
    unfit = {
        "samples.anchors": not asked.shares_samples,
        "reconstruct": asked.reconstruct is not None,
        "geometry.source: jacobian": asked.geometry.source == "jacobian",
        "inputs.domain": not isinstance(asked.inputs, DataSet),
    }
    for key in [key for key, is_set in unfit.items() if is_set]:
        raise ValueError(f"positions: sequences come from a data set, without {key}")


def _stitchable(asked: Experiment) -> None:
    pooled = all(network.pool is not None for network in asked.networks.values())
    if pooled and "target_input" in asked.stitching.model_fields_set:
        raise ValueError(
            f"stitching.target_input: {asked.stitching.target_input}, but networks.*.pool: pooled "
            "layers are only read, so that no network is stitched; leave out one of them"
        )


def _exportable(asked: Experiment) -> None:
    export = asked.stitching.export
    if export is None:
        return
    for key, name in (("source", export.source), ("target", export.target)):
        if name not in asked.networks:
            raise ValueError(
                f"stitching.export.{key}: no network {name!r}; {nearest(name, asked.networks)}"
            )
        if asked.networks[name].view is None:
            raise ValueError(
                f"stitching.export.{key}: networks.{name} has no view, which says what it is given "
                "of samples"
            )
    if export.source == export.target:
        raise ValueError(f"stitching.export: {export.source} twice; name two networks")
    if not asked.shares_samples:
        raise ValueError("stitching.export: needs samples that all networks share")


def _trainable(asked: Experiment) -> None:
    known = asked.reconstructs or (
        asked.task is not None
        and (asked.task.target is not None or isinstance(asked.inputs, DataSet))
    )
    for name, network in asked.networks.items():
        if network.train is not None and not (known or (network.own_target and asked.task)):
            raise ValueError(
                f"networks.{name}.train needs targets: add `task` with a `target`, or labels"
            )


def _differentiable(asked: Experiment) -> None:
    turning = isinstance(asked.inputs, Circle) or (
        isinstance(asked.inputs, Product)
        and any(isinstance(axis, Circle) for axis in asked.inputs.axes)
    )
    for name, network in asked.networks.items():
        if asked.geometry.source == "jacobian" and (turning or network.view is not None):
            raise ValueError(
                "geometry.source: jacobian needs networks that take the samples themselves, "
                f"but {name} sees them through a view; valid: covariance, response"
            )


def _reconstructible(asked: Experiment) -> None:
    if asked.reconstruct and isinstance(asked.inputs, DataSet) and not asked.reconstruct.dimension:
        raise ValueError("reconstruct.dimension: a data set does not say its dimension; give d")


def _judgeable(asked: Experiment) -> None:
    if asked.samples.test < TEST_SAMPLES:
        raise ValueError(
            f"samples.test: {asked.samples.test} leave no interval for the verdict; at least "
            f"{TEST_SAMPLES}"
        )
    least = ceil(1 / asked.verdict.level) - 1
    if asked.alignment.shuffles < least:
        raise ValueError(
            f"alignment.shuffles: {asked.alignment.shuffles} cannot show anything at "
            f"verdict.level {asked.verdict.level}; at least {least}"
        )
    named = {
        "different_task": (asked.verdict.different_task, None),
        "reference": (asked.verdict.reference, AUTO),
    }
    for key, (name, other) in named.items():
        if name is not None and name not in (other, *asked.networks):
            raise ValueError(f"verdict.{key}: no network {name!r}; {nearest(name, asked.networks)}")


def _unreserved(asked: Experiment) -> None:
    for name in asked.networks:
        if name.endswith(COPIES):
            raise ValueError(
                f"networks.{name}: names ending in {' or '.join(COPIES)} are kept for copies of "
                "networks"
            )


def _sharable(asked: Experiment) -> None:
    fit = asked.samples.fit
    if asked.shards > most_shards(fit):
        raise ValueError(
            f"shards: {asked.shards} asked for, but {fit} fit samples are recorded in at most "
            f"{most_shards(fit)}"
        )


CHECKS = (
    _countable,
    require_readable,
    require_perturbable,
    _embeddable,
    _own_samples,
    _sequences,
    _stitchable,
    _exportable,
    _trainable,
    _differentiable,
    _reconstructible,
    require_transcribable,
    _judgeable,
    _unreserved,
    _sharable,
)


def require_consistent(asked: Experiment) -> None:
    """Raise ``ValueError`` for the first key of an experiment that does not fit the others."""
    for check in CHECKS:
        check(asked)

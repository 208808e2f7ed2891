"""What perturbations of an experiment need: a geometry that can use them, places, neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sametask.config.sections.input_sections import DataSet
from sametask.config.sections.sample_sections import DATA, INSIDE, NOISE

if TYPE_CHECKING:
    from sametask.config import Experiment


def require_perturbable(asked: Experiment) -> None:
    """Refuse perturbations that the geometry, the networks or the inputs do not allow."""
    _require_usable(asked)
    _require_places(asked)
    if asked.perturbations.along == DATA:
        _require_neighbours(asked)


def _require_usable(asked: Experiment) -> None:
    """Refuse what a source of the geometry leaves aside, or would have to know."""
    along, source = asked.perturbations.along, asked.geometry.source
    if along != NOISE and source == "jacobian":
        raise ValueError(
            f"perturbations.along: {along} with geometry.source: jacobian, which measures all "
            "directions of the inputs, also those off the data; valid: covariance"
        )
    if (asked.perturbations.reference or along == INSIDE) and source == "response":
        added = (
            "this is added inside a network"
            if along == INSIDE
            else "what a function adds is not known"
        )
        raise ValueError(
            f"perturbations.along: {along} with geometry.source: response, which regresses on what "
            f"was added to the inputs, but {added}; valid: covariance"
        )


def _require_places(asked: Experiment) -> None:
    """Refuse noise inside networks that name no place for it, and places without such noise."""
    for name, network in asked.networks.items():
        if (asked.perturbations.along == INSIDE) != (network.perturb is not None):
            raise ValueError(
                f"networks.{name}.perturb: names the place of the noise of perturbations.along: "
                "inside; give both or neither"
            )


def _require_neighbours(asked: Experiment) -> None:
    """Refuse perturbations along the data where these, or networks, have no such neighbours."""
    if not isinstance(asked.inputs, DataSet):
        raise ValueError(
            f"perturbations.along: data, but inputs.domain: {asked.inputs.domain} is filled by its "
            "samples, so that noise stays in it; valid: noise"
        )
    if not asked.shares_samples:
        raise ValueError(
            "perturbations.along: data takes the nearest fit samples, but with samples.anchors "
            "these are a network's own, and networks have other local directions; valid: noise"
        )
    neighbours, fit = asked.perturbations.neighbours, asked.samples.fit
    if neighbours >= fit:
        raise ValueError(
            f"perturbations.neighbours: {neighbours} asked for, but samples.fit is {fit}; "
            f"at most {fit - 1}"
        )

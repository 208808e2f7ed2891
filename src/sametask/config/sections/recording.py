"""The settings that decide what is recorded of a network, as one rule takes them.

They are not a section of a file: the workflow collects them from an experiment, and every shard
stores them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sametask.config.sections.input_sections import InputsSection, inputs_section
from sametask.config.sections.network_sections import Neurons, View
from sametask.config.sections.sample_sections import Perturbations, Samples


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Build(_Settings):
    """How a network is built: its factory, and the factory's keyword arguments."""

    factory: str
    arguments: dict[str, Any]


class Measure(_Settings):
    """What is measured of a network, and the settings of its passes: keys of ``config.Network``."""

    layers: list[str]
    neurons: Neurons
    axes: list[Literal["batch", "time", "neuron"]] | None
    pool: Literal["mean", "first", "last", "max"] | None = None
    perturb: str | None = None
    dtype: Literal["float32", "float64"]
    batch: int
    view: View | None


class Recording(_Settings):
    """What is recorded of one network.

    ``derivatives`` says whether derivatives are recorded beside perturbations, ``positions``
    whether time stays an axis, and what its steps are; with ``frames``, perturbations are recorded
    at so many of them, drawn at random. ``samples`` and the size of the ``pool`` determine which
    samples each shard has.
    """

    network: Build
    measure: Measure
    inputs: Annotated[InputsSection, BeforeValidator(inputs_section)]
    perturbations: Perturbations
    derivatives: bool
    positions: Literal["steps", "words", "frames"] | None
    frames: int | None = None
    seed: int
    samples: Samples
    pool: int

"""What decides what is recorded of a network: parts of an experiment that one rule takes together.

Not part of an experiment file: the workflow puts it together, and shards carry it as a mark.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sametask.config.sections.input_sections import InputsSection, inputs_section
from sametask.config.sections.network_sections import View
from sametask.config.sections.sample_sections import Perturbations, Samples


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Build(_Part):
    """How a network is built: its factory, and the factory's keyword arguments."""

    factory: str
    arguments: dict[str, Any]


class Measure(_Part):
    """What is measured of a network, and how it passes: keys of ``config.Network``."""

    layers: list[str]
    neurons: Literal["all"] | list[int]
    axes: list[Literal["batch", "time", "neuron"]] | None
    dtype: Literal["float32", "float64"]
    batch: int
    view: View | None


class Recording(_Part):
    """What is recorded of one network.

    ``derivatives`` says whether they are taken beside perturbations; of ``sequences`` time stays
    an axis. ``samples`` and the size of the ``pool`` say which samples there are, and so which of
    them are in which shard.
    """

    network: Build
    measure: Measure
    inputs: Annotated[InputsSection, BeforeValidator(inputs_section)]
    perturbations: Perturbations
    derivatives: bool
    sequences: bool
    seed: int
    samples: Samples
    pool: int

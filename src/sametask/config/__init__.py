"""The typed model of an experiment: every key, its meaning, its range.

``sametask.experiments`` reads the files. ``sametask.schema`` writes the JSON schema in
``workflow/schemas`` and the table in ``docs/configuration.md`` from this package; a test keeps them
in step.
"""

from __future__ import annotations

from itertools import combinations
from math import ceil
from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from sametask.config.inputs import (
    TEST_SAMPLES,
    Array,
    Box,
    Circle,
    Interval,
    Neighbours,
    Positions,
    Product,
    Reconstruct,
    Samples,
    Study,
    Task,
)
from sametask.config.networks import Network
from sametask.config.section import Section
from sametask.config.stages import Alignment, Diffusion, Geometry, Maps, Stitching, Verdict
from sametask.errors import nearest

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
# The copy of a network that every verdict has as a control is named with this ending.
UNTRAINED = "_untrained"


class Run(Section):
    """What one call of the workflow makes: the content of ``config/config.yaml``."""

    experiments: list[str] = Field(min_length=1, description="Files of config/experiments/.")


class Experiment(Section):
    """One experiment: networks, inputs, and the settings of every stage."""

    description: str = Field(min_length=1, description="One sentence for the report.")
    seed: int = Field(0, ge=0, description="Everything random is drawn from it.")
    inputs: Interval | Box | Circle | Product | Array = Field(
        discriminator="domain", description="Where inputs live."
    )
    samples: Samples = Field(description="How many inputs, and where.")
    neighbours: Neighbours = Field(description="The perturbed inputs around each sample.")
    task: Task | None = Field(None, description="What was to be learned, if it is known.")
    positions: Positions | None = Field(
        None, description="How sequences are cut into samples; needs `axes` with `time`."
    )
    recorded: str | None = Field(
        None,
        description="Take networks and recordings from this experiment, which has the same, and "
        "cut its sequences in another way.",
    )
    networks: dict[Name, Network] = Field(min_length=2, description="Two or more networks.")
    geometry: Geometry = Field(Geometry(), description="Local inverse covariances.")
    diffusion: Diffusion = Field(Diffusion(), description="Diffusion maps.")
    alignment: Alignment = Field(Alignment(), description="The rotation and its null.")
    maps: Maps = Field(Maps(), description="How maps between networks are fitted.")
    stitching: Stitching = Field(Stitching(), description="The stitched networks.")
    verdict: Verdict = Field(Verdict(), description="What the relation is decided by.")
    reconstruct: Reconstruct | None = Field(
        None, description="Whether inputs and outputs are told from a few neurons, and how."
    )
    study: Study | None = Field(
        None,
        description="Held-out error against the number of shared inputs, over random choices of "
        "them; needs `samples.anchors`.",
    )

    @field_validator("reconstruct", mode="before")
    @classmethod
    def _one_thing(cls, value: Any) -> Any:
        return {"of": [value]} if isinstance(value, str) else value

    @property
    def reconstructs(self) -> bool:
        """Whether the networks are to put out what comes in."""
        return self.task is not None and self.task.kind == "reconstruction"

    @property
    def dimension(self) -> int | None:
        """The dimension d of the inputs, where they come from a domain or it is given."""
        if isinstance(self.inputs, Array):
            return self.reconstruct.dimension if self.reconstruct else None
        if isinstance(self.inputs, Product):
            return len(self.inputs.axes)
        return len(self.inputs.low) if isinstance(self.inputs, Box) else 1

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every pair of networks once, in the order in which they are listed."""
        return list(combinations(self.networks, 2))

    @property
    def shares_samples(self) -> bool:
        """Whether all networks are measured on the same fit samples."""
        return self.samples.anchors is None

    @property
    def pool(self) -> int:
        """The number of inputs that all networks share beside the test samples, if not all."""
        return max([self.samples.anchors or 0, *(self.study.anchors if self.study else [])])

    def share(self, name: str) -> tuple[int, int]:
        """Which share of the inputs a network draws its own samples from: number, and of how many.

        The rows of an array are divided among the networks; a domain is not.
        """
        if isinstance(self.inputs, Array):
            return list(self.networks).index(name), len(self.networks)
        return 0, 1

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        fit, asked = self.samples.fit, self.diffusion
        if asked.coordinates != "auto" and asked.coordinates > fit - 2:
            raise ValueError(
                f"diffusion.coordinates: {asked.coordinates} asked for, but "
                f"{fit} fit samples allow at most {fit - 2}"
            )
        if asked.neighbour != "auto" and asked.neighbour >= fit:
            raise ValueError(
                f"diffusion.neighbour: {asked.neighbour} asked for, but samples.fit is "
                f"{fit}; at most {fit - 1}"
            )
        return self

    @model_validator(mode="after")
    def _own_samples(self) -> Experiment:
        if self.shares_samples:
            if self.study:
                raise ValueError(
                    "study: varies the shared inputs; give their number as samples.anchors"
                )
            # A rotation takes the coordinates of one network to as many of the other.
            if self.diffusion.coordinates == "auto":
                raise ValueError(
                    "diffusion.coordinates: auto may keep more of one network than of another; "
                    "valid: a number, or auto with samples.anchors"
                )
            return self
        if self.reconstruct:
            raise ValueError(
                "reconstruct: needs samples that all networks share; leave out samples.anchors, or "
                "set reconstruct: null"
            )
        if self.samples.placement == "equidistant" and not isinstance(self.inputs, Array):
            raise ValueError(
                "samples.placement: equidistant gives all networks the same samples; with "
                "samples.anchors valid: random, sobol"
            )
        return self

    @model_validator(mode="after")
    def _sequences(self) -> Experiment:
        if self.positions is None:
            if self.recorded:
                raise ValueError(
                    "recorded: cuts the sequences of another experiment; give positions"
                )
            return self
        for name, network in self.networks.items():
            if network.axes is None or "time" not in network.axes:
                raise ValueError(
                    f"networks.{name}.axes: positions cut sequences; name the axes of its layers, "
                    "time among them, as in [batch, time, neuron]"
                )
        # What these take for one sample would be one slice of it.
        unfit = {
            "samples.anchors": not self.shares_samples,
            "reconstruct": self.reconstruct is not None,
            "geometry.source: jacobian": self.geometry.source == "jacobian",
            "inputs.domain": not isinstance(self.inputs, Array),
        }
        for key in [key for key, found in unfit.items() if found]:
            raise ValueError(f"positions: sequences come from an array, without {key}")
        return self

    @model_validator(mode="after")
    def _trainable(self) -> Experiment:
        known = self.reconstructs or (
            self.task is not None
            and (self.task.target is not None or isinstance(self.inputs, Array))
        )
        for name, network in self.networks.items():
            if network.train is not None and not (known or (network.own_target and self.task)):
                raise ValueError(
                    f"networks.{name}.train needs targets: add `task` with a `target`, or labels"
                )
        return self

    @model_validator(mode="after")
    def _differentiable(self) -> Experiment:
        turning = isinstance(self.inputs, Circle) or (
            isinstance(self.inputs, Product)
            and any(isinstance(axis, Circle) for axis in self.inputs.axes)
        )
        for name, network in self.networks.items():
            if self.geometry.source == "jacobian" and (turning or network.view is not None):
                raise ValueError(
                    "geometry.source: jacobian needs networks that take the samples themselves, "
                    f"but {name} sees them through a view; valid: neighbours, response"
                )
        return self

    @model_validator(mode="after")
    def _reconstructible(self) -> Experiment:
        if self.reconstruct and isinstance(self.inputs, Array) and not self.reconstruct.dimension:
            raise ValueError(
                "reconstruct.dimension: an array of inputs does not say its dimension; give d"
            )
        return self

    @model_validator(mode="after")
    def _judgeable(self) -> Experiment:
        if self.samples.test < TEST_SAMPLES:
            raise ValueError(
                f"samples.test: {self.samples.test} leave no interval for the verdict; at least "
                f"{TEST_SAMPLES}"
            )
        least = ceil(1 / self.verdict.level) - 1
        if self.alignment.shuffles < least:
            raise ValueError(
                f"alignment.shuffles: {self.alignment.shuffles} cannot show anything at "
                f"verdict.level {self.verdict.level}; at least {least}"
            )
        other = self.verdict.different_task
        if other is not None and other not in self.networks:
            raise ValueError(
                f"verdict.different_task: no network {other!r}; {nearest(other, self.networks)}"
            )
        return self

    @model_validator(mode="after")
    def _unreserved(self) -> Experiment:
        for name in self.networks:
            if name.endswith(UNTRAINED):
                raise ValueError(
                    f"networks.{name}: names ending in {UNTRAINED} are kept for the controls"
                )
        return self

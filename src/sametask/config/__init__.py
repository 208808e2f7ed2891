"""The typed model of an experiment: every key with its meaning and range.

``experiments`` reads the files. ``schema`` writes the JSON schema in ``workflow/schemas`` and the
table in ``docs/configuration.md`` from this package; a test checks that they agree.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any, ClassVar

from pydantic import Field, field_validator, model_validator

from sametask.config.consistency import require_consistent
from sametask.config.names import NetworkName
from sametask.config.sections.input_sections import Box, DataSet, InputsSection, Product
from sametask.config.sections.network_sections import Network
from sametask.config.sections.sample_sections import (
    Perturbations,
    Positions,
    Reconstruct,
    Samples,
    Study,
    Task,
)
from sametask.config.sections.section import Section
from sametask.config.sections.stage_sections import (
    Alignment,
    Diffusion,
    Geometry,
    Maps,
    Stitching,
    Verdict,
)
from sametask.jobs.parts import MOST_JOBS


class Run(Section):
    """What one call of the workflow makes: the content of ``config/config.yaml``."""

    experiments: list[str] = Field(min_length=1, description="Files of config/experiments/.")


class Experiment(Section):
    """One experiment: networks, inputs, and the settings of every stage."""

    beside: ClassVar[tuple[str, ...]] = ("extends",)

    description: str = Field(min_length=1, description="One sentence for the report.")
    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    inputs: InputsSection = Field(
        discriminator="domain", description="The domain or the data set that inputs come from."
    )
    samples: Samples = Field(description="How many inputs, and how they are placed.")
    perturbations: Perturbations = Field(description="The perturbations around each sample.")
    task: Task | None = Field(None, description="The task of the networks, if it is known.")
    positions: Positions | None = Field(
        None, description="How sequences are cut into samples; needs `axes` with `time`."
    )
    recorded: str | None = Field(
        None,
        description="Another experiment with the same networks and inputs. Its networks and "
        "recordings are used, and its sequences are cut in another way.",
    )
    shards: int = Field(
        1,
        ge=1,
        le=MOST_JOBS,
        description="Number of jobs that record the activations of a network, each around a part "
        "of its samples. The activations are the same for every number, but for round-off if "
        "there are more jobs than passes of `batch` inputs.",
    )
    networks: dict[NetworkName, Network] = Field(
        min_length=2,
        description="Two or more networks. In a file that extends another, `null` leaves one out.",
    )
    geometry: Geometry = Field(Geometry(), description="Local inverse covariances.")
    diffusion: Diffusion = Field(Diffusion(), description="Diffusion maps.")
    alignment: Alignment = Field(
        Alignment(), description="The rotation between coordinates, and its null distribution."
    )
    maps: Maps = Field(Maps(), description="How maps between networks are fitted.")
    stitching: Stitching = Field(Stitching(), description="The stitched networks.")
    verdict: Verdict = Field(Verdict(), description="The thresholds that decide the relation.")
    reconstruct: Reconstruct | None = Field(
        None, description="Reconstruct inputs and outputs from a subset of neurons."
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
        """Whether the task of the networks is to reconstruct their inputs."""
        return self.task is not None and self.task.kind == "reconstruction"

    @property
    def dimension(self) -> int | None:
        """The dimension d of the inputs, if they come from a domain or it is given."""
        if isinstance(self.inputs, DataSet):
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
        """The number of shared inputs beside the test samples; 0 if all samples are shared."""
        return max([self.samples.anchors or 0, *(self.study.anchors if self.study else [])])

    def portion(self, name: str) -> tuple[int, int]:
        """Return which portion of the inputs a network draws its own samples from.

        It is the number of the portion and the number of all portions. The rows of an array are
        divided among the networks; a domain is not.
        """
        if isinstance(self.inputs, DataSet):
            return list(self.networks).index(name), len(self.networks)
        return 0, 1

    @model_validator(mode="after")
    def _consistent(self) -> Experiment:
        require_consistent(self)
        return self

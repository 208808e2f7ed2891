"""What is asked of the weights of a population: the section ``study`` of its settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sametask.config.sections.section import Count, Section

Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
Space = Literal["weights", "whole", "layers", "units"]


class Asked(Section):
    """A property that is to be told from weights, and by what."""

    predictors: list[Word] = Field(min_length=1, description="The predictors, by name.")
    shuffled: Word | None = Field(
        None, description="The predictor that is tried on shuffled answers, where it must fail."
    )


class Scaling(Section):
    """How well accuracy is told, over the number of networks that are learned from."""

    predictors: list[Word] = Field(min_length=1, description="The predictors, by name.")
    networks: list[Count] = Field(min_length=1, description="Numbers of networks.")


class Study(Section):
    """Everything that the page of a population shows; what is left out is not made."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of what is learned from weights.")
    steps: Count | None = Field(
        None, description="Steps of every training on weights, at most; left out: its own."
    )
    statistics: Literal["extremes", "percentiles"] = Field(
        "extremes", description="Whether the seven statistics have p0 and p100, or p1 and p99."
    )
    tell: dict[Word, Asked] = Field(
        {}, description="Properties to be told: accuracy, epoch, activation, initialiser, …"
    )
    scaling: Scaling | None = Field(None, description="The curve over the number of networks.")
    views: list[Space] = Field([], description="What is drawn in the plane by UMAP.")
    source: Word | None = Field(None, description="Whose figures stand beside ours on the page.")

"""What is asked of the weights of a population: the section ``study`` of its settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sametask.config.sections.codes_section import Codes
from sametask.config.sections.section import Count, Section
from sametask.config.sections.words import DISTINCT, one_of

# The fewest networks in a half that say something; and the neighbours of a point in the plane.
LEAST, NEIGHBOURS = 10, 50

# What can be told of a checkpoint: numbers, its place among few, what networks were made with.
PROPERTIES = (
    "accuracy", "epoch", "checkpoint", "activation", "initialiser", "optimiser", "task",
)  # fmt: skip
# Every way to tell a property (weights/predictors.py).
PREDICTORS = (
    "linear-weights", "linear-whole", "linear-layers", "linear-units",
    "trees-weights", "trees-whole", "trees-layers", "trees-units", "trees-sorted",
    "perceptron", "perceptron-shuffled", "sets",
    "attention-layers", "attention-units", "attention-units-shuffled",
    "probes", "probes-images",
)  # fmt: skip


Property = Annotated[str, one_of(PROPERTIES)]
Predictor = Annotated[str, one_of(PREDICTORS)]
Space = Literal["weights", "whole", "layers", "units"]


class Asked(Section):
    """A property that is to be told from weights, and by what."""

    predictors: Annotated[list[Predictor], DISTINCT] = Field(
        min_length=1, description="The predictors, by name."
    )
    shuffled: Predictor | None = Field(
        None, description="The predictor that is tried on shuffled answers, where it must fail."
    )


class Scaling(Section):
    """How well accuracy is told, over the number of networks that are learned from."""

    predictors: Annotated[list[Predictor], DISTINCT] = Field(
        min_length=1, description="The predictors, by name."
    )
    networks: Annotated[list[Count], DISTINCT] = Field(
        min_length=1, description="Numbers of networks."
    )


class Study(Section):
    """Everything that the page of a population shows; what is left out is not made."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of what is learned from weights.")
    steps: Count | None = Field(
        None, description="Steps of every training on weights, at most; left out: its own."
    )
    statistics: Literal["extremes", "percentiles"] = Field(
        "extremes", description="Whether the seven statistics have p0 and p100, or p1 and p99."
    )
    tell: dict[Property, Asked] = Field(
        {}, description="Properties to be told: accuracy, epoch, activation, initialiser, …"
    )
    scaling: Scaling | None = Field(None, description="The curve over the number of networks.")
    codes: Codes | None = Field(None, description="Weights put into a few numbers.")
    views: Annotated[list[Space], DISTINCT] = Field(
        [], description="What is drawn in the plane by UMAP."
    )
    source: Literal["tetris", "tetris-hyper"] | None = Field(
        None, description="Whose figures stand beside ours on the page."
    )

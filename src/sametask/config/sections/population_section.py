"""The settings of a population of networks: the content of a file in ``config/populations``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sametask.config.sections.section import LARGEST, MANY, Count, Section
from sametask.config.sections.study_section import Study

Activation = Literal["tanh", "relu"]
Initialiser = Literal[
    "uniform",
    "normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "fan_in",
]


PieceTask = Literal["piece", "row", "column", "arbitrary"]


class PieceImages(Section):
    """Images of tetris pieces on a grid of 4 × 4 pixels."""

    tasks: list[PieceTask] = Field(
        ["piece"],
        min_length=1,
        description="What networks learn to tell of an image: which `piece` it is, the `row` or "
        "the `column` of its upper left corner, or an `arbitrary` class that is drawn for every "
        "piece and place. Networks of all tasks begin with the same weights.",
    )

    train: Count = Field(100, description="Images of every piece to train on.")
    test: Count = Field(250, description="Images of every piece that accuracy is measured on.")
    ink: float = Field(
        0.0, ge=-LARGEST, le=LARGEST, description="The value of a piece; the ground has 1."
    )
    noise: float = Field(
        0.2, ge=0, le=LARGEST, description="Standard deviation of the noise of all pixels."
    )


class Population(Section):
    """Small networks that differ in their initial weights, and perhaps in how they are built."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    networks: Count = Field(
        1000,
        description="Networks for every combination of a task, an activation and an initialiser.",
    )
    activations: list[Activation] = Field(
        ["tanh"], min_length=1, description="Activations of the hidden units."
    )
    initialisers: list[Initialiser] = Field(
        ["uniform"], min_length=1, description="How the weights are drawn at the start."
    )
    units: list[Count] = Field([5], description="Units of the hidden layers.")
    epochs: int = Field(75, ge=1, le=MANY, description="Epochs; the weights are kept after each.")
    batch: Count = Field(64, description="Images in a step.")
    learning_rate: float = Field(1e-2, gt=0, le=LARGEST, description="Learning rate of Adam.")
    images: PieceImages = Field(PieceImages(), description="What the networks learn.")
    study: Study = Field(Study(), description="What is asked of their weights.")

    def trained(self) -> dict[str, Any]:
        """Return the settings that the networks depend on, as JSON values."""
        return self.model_dump(mode="json", exclude={"study"})

"""The settings of a population of networks: the content of a file in ``config/populations``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from sametask.config.sections.askable import Known, require_askable
from sametask.config.sections.ranges import LearningRate, Probability, WeightDecay
from sametask.config.sections.section import LARGEST, MANY, Count, Section
from sametask.config.sections.study_section import Study

Activation = Literal["tanh", "relu"]
Initialiser = Literal[
    "uniform",
    "normal",
    "truncated_normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "fan_in",
]
Optimiser = Literal["sgd", "adam", "rmsprop"]
# The digits that scikit-learn ships.
DIGITS = 1797
# Height and width of all kernels.
KERNEL = 3


PieceTask = Literal["piece", "row", "column", "arbitrary"]


class PieceImages(Section):
    """Images of tetris pieces on a grid of 4 × 4 pixels."""

    side: ClassVar[int] = 4
    classes: ClassVar[int] = 4

    of: Literal["pieces"] = "pieces"
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

    @property
    def learned(self) -> int:
        """The number of images to train on."""
        return self.classes * self.train


class DigitImages(Section):
    """The digits that scikit-learn ships: images of 8 × 8 pixels from 0 to 1."""

    side: ClassVar[int] = 8
    classes: ClassVar[int] = 10

    of: Literal["digits"] = "digits"
    tasks: list[Literal["digit"]] = Field(
        ["digit"], min_length=1, description="What networks learn to tell of an image."
    )
    train: int = Field(
        1000,
        ge=1,
        lt=DIGITS,
        description=f"Images to train on, drawn at random; accuracy is measured on the others of "
        f"{DIGITS:,}.",
    )

    @property
    def learned(self) -> int:
        """The number of images to train on."""
        return self.train


class Perceptron(Section):
    """Layers without biases."""

    kind: Literal["perceptron"] = "perceptron"
    units: list[Count] = Field([5], min_length=1, description="Units of the hidden layers.")


class Convolution(Section):
    """Convolutions with biases, the mean over all places, and a layer of outputs with biases."""

    kind: Literal["convolution"] = "convolution"
    channels: list[Count] = Field(
        [8, 8], min_length=1, description="Channels of the convolutions; their kernels are 3 × 3."
    )


class Population(Section):
    """Small networks that differ in their initial weights, and perhaps in how they are trained."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    networks: Count = Field(
        1000,
        description="Networks for every combination of a task, an activation, an initialiser, an "
        "optimiser and a share.",
    )
    activations: list[Activation] = Field(
        ["tanh"], min_length=1, description="Activations of the hidden units."
    )
    initialisers: list[Initialiser] = Field(
        ["uniform"], min_length=1, description="How the weights are drawn at the start."
    )
    initial_weights: Literal["own", "shared"] = Field(
        "own",
        description="`own`: each network has its own random numbers. `shared`: all have the same, "
        "so that those of an initialiser begin with the same weights.",
    )
    optimisers: list[Optimiser] = Field(
        ["adam"], min_length=1, description="Optimisers, as PyTorch has them by default."
    )
    shares: list[Annotated[float, Field(gt=0, le=1)]] = Field(
        [1.0], min_length=1, description="Shares of the images to train on that a network sees."
    )
    learning_rate: LearningRate = Field(
        1e-2, description="Learning rate, or `{low: …, high: …}`, the range of its logarithm."
    )
    weight_decay: WeightDecay = Field(
        0.0,
        description="λ in the gradient g + λθ, or `{low: …, high: …}`, the range of its logarithm.",
    )
    dropout: Probability = Field(
        0.0,
        description="Probability that an input of the last layer is left out, or `{low: …, high: "
        "…}`, its range.",
    )
    epochs: int = Field(75, ge=1, le=MANY, description="Passes over the images to train on.")
    checkpoints: list[Annotated[int, Field(ge=0)]] | None = Field(
        None,
        min_length=1,
        description="Epochs after which the weights are kept; 0 is before the training. Without "
        "them, all epochs.",
    )
    batch: Count = Field(64, description="Images in a step.")
    network: Perceptron | Convolution = Field(
        Perceptron(), discriminator="kind", description="How the networks are built."
    )
    images: PieceImages | DigitImages = Field(
        PieceImages(), discriminator="of", description="What the networks learn."
    )
    study: Study = Field(Study(), description="What is asked of their weights.")

    def trained(self) -> dict[str, Any]:
        """Return the settings that the networks depend on, as JSON values."""
        return self.model_dump(mode="json", exclude={"study"})

    @property
    def kept(self) -> list[int]:
        """The epochs after which the weights are kept."""
        return list(range(self.epochs + 1)) if self.checkpoints is None else self.checkpoints

    def learned(self, share: float) -> int:
        """Return the number of images that a network with this share sees."""
        return round(share * self.images.learned)

    @field_validator("activations", "initialisers", "optimisers", "shares", "checkpoints")
    @classmethod
    def _distinct(cls, values: list[Any] | None) -> list[Any] | None:
        for value in values or ():
            if values is not None and values.count(value) > 1:
                raise ValueError(f"{value} is named twice")
        return values

    @model_validator(mode="after")
    def _reached(self) -> Population:
        kept = self.checkpoints or [0]
        if kept[-1] > self.epochs or kept != sorted(kept):
            raise ValueError(
                f"checkpoints: {kept} are not in order from 0 to the last of {self.epochs} epochs"
            )
        for share in self.shares:
            if self.learned(share) == 0:
                raise ValueError(f"shares: {share:g} of {self.images.learned} images are none")
        return self

    @model_validator(mode="after")
    def _askable(self) -> Population:
        values: dict[str, tuple[str, Sequence[str]]] = {
            "activation": ("activations", self.activations),
            "initialiser": ("initialisers", self.initialisers),
            "optimiser": ("optimisers", self.optimisers),
            "task": ("images.tasks", self.images.tasks),
        }
        kinds = len(self.shares) * math.prod(len(each) for _, each in values.values())
        test = self.networks // 2
        halves = kinds * (self.networks - test), kinds * test
        dense = isinstance(self.network, Perceptron)
        require_askable(self.study, Known(*halves, self.kept, values, dense))
        return self

    @model_validator(mode="after")
    def _fitting(self) -> Population:
        if isinstance(self.network, Convolution):
            most = (self.images.side - 1) // (KERNEL - 1)
            if len(self.network.channels) > most:
                raise ValueError(
                    f"network.channels: {len(self.network.channels)} convolutions leave nothing of "
                    f"{self.images.side} × {self.images.side} pixels; at most {most}"
                )
        return self

"""How weights are put into a few numbers: the key ``codes`` of the study of a population."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sametask.config.sections.section import Count, NotNegative, Section

# The names of all autoencoders are in weights/autoencoders.py.
Autoencoder = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]


class Codes(Section):
    """Autoencoders of weights, and what is asked of their codes."""

    numbers: Count = Field(20, description="Numbers in a code.")
    autoencoders: list[Autoencoder] = Field(
        [
            "pca-raw",
            "pca-aligned",
            "perceptron-raw",
            "perceptron-aligned",
            "perceptron-answers-aligned",
            "attention-1-raw",
            "attention-1-aligned",
            "attention-2-raw",
            "attention-2-aligned",
        ],
        min_length=1,
        description="The autoencoders, by name.",
    )
    size: Literal["size", "d128"] = Field(
        "size", description="Tokens of 32 numbers, 0.1 million parameters; or of 128, 1.1 million."
    )
    training: Literal["short", "paper"] = Field(
        "short", description="Minutes on a CPU, or 8,000 epochs as in the source, for a GPU."
    )
    shuffling: Literal["orders", "orders-and-signs"] = Field(
        "orders",
        description="How units of networks in raw order are shuffled while an autoencoder learns.",
    )
    answers: NotNegative = Field(
        3.0,
        description="Weight of the loss of answers, where an autoencoder has it: how far those of "
        "decoded networks are from those of the networks, beside the error of the weights.",
    )
    noise: Autoencoder | None = Field(
        "perceptron-aligned", description="The autoencoder whose robustness to noise is studied."
    )
    attention: Autoencoder | None = Field(
        "attention-2-aligned", description="The autoencoder whose attention is studied."
    )

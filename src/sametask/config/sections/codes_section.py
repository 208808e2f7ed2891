"""How weights are put into a few numbers: the key ``codes`` of the study of a population."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sametask.config.sections.section import Count, NotNegative, Section
from sametask.config.sections.words import DISTINCT, one_of

# All autoencoders (weights/autoencoders.py): of a kind, and of weights in raw or aligned order.
# Those that are trained can learn with noise, and some attend.
TRAINED = [
    f"{kind}-{frame}"
    for kind in ("perceptron", "perceptron-answers", "attention-1", "attention-2")
    for frame in ("raw", "aligned")
]
NOISY = [f"{name}-noisy-{place}" for name in TRAINED for place in ("input", "code")]
AUTOENCODERS = ["pca-raw", "pca-aligned", *TRAINED, *NOISY]
ATTENTIVE = [name for name in AUTOENCODERS if name.startswith("attention")]


class Codes(Section):
    """Autoencoders of weights, and what is asked of their codes."""

    numbers: Count = Field(20, description="Numbers in a code.")
    autoencoders: Annotated[list[Annotated[str, one_of(AUTOENCODERS)]], DISTINCT] = Field(
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
    noise: Annotated[str, one_of(TRAINED)] | None = Field(
        "perceptron-aligned", description="The autoencoder whose robustness to noise is studied."
    )
    attention: Annotated[str, one_of(ATTENTIVE)] | None = Field(
        "attention-2-aligned", description="The autoencoder whose attention is studied."
    )

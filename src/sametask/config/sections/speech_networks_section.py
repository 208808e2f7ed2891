"""The networks of speech that rules train: ``networks`` of ``config/spoken.yaml``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sametask.config.sections.section import LARGEST, MANY, Count, NotNegative, Section

RECOGNISER, TRANSLATOR = "Wav2Vec2ForCTC", "SpeechEncoderDecoderModel"
CONFIGURATION = "Keys of its configuration. Those of the vocabulary are added."


class SpeechTraining(Section):
    """How a network of speech is trained: AdamW, with one cycle of the learning rate."""

    steps: int = Field(ge=20, le=MANY, description="Number of steps.")
    batch: Count = Field(8, description="Clips in a step, of about the same length.")
    learning_rate: float = Field(
        2e-3, gt=0, le=LARGEST, description="Largest learning rate of AdamW."
    )
    weight_decay: NotNegative = Field(0.01, description="Decoupled weight decay.")
    speed: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Largest change of the logarithm of a clip's speed, and of its pitch with it.",
    )
    noise: NotNegative = Field(
        0.0,
        description="Largest standard deviation of white noise, relative to that of the clip.",
    )


class Recogniser(Section):
    """A network that writes down what is said: Wav2Vec2 with CTC."""

    class_name: Literal["Wav2Vec2ForCTC"] = Field(
        alias="class", description="Its class in transformers."
    )
    configuration: dict[str, Any] = Field({}, description=CONFIGURATION)
    text: str = Field("text", min_length=1, description="The column of the data set that it says.")
    train: SpeechTraining = Field(description="How it is trained.")


class Decoder(Section):
    """The part of a translator that says the words."""

    class_name: str = Field(
        alias="class",
        pattern=r"^\w+ForCausalLM$",
        description="Its class in transformers, such as `BartForCausalLM`.",
    )
    configuration: dict[str, Any] = Field({}, description=CONFIGURATION)


class Translator(Section):
    """A network that says in other words what it hears: an encoder of sound, and a decoder."""

    class_name: Literal["SpeechEncoderDecoderModel"] = Field(
        alias="class", description="Its class in transformers."
    )
    encoder: str = Field(
        description="The recogniser whose trained Wav2Vec2 it starts from. A decoder does not "
        "learn to attend to an encoder that has not been trained."
    )
    decoder: Decoder = Field(description="Its decoder.")
    text: str = Field("german", min_length=1, description="The column that it says.")
    train: SpeechTraining = Field(description="How decoder and encoder are trained together.")
    encoder_rate: NotNegative = Field(
        0.25,
        description="Learning rate of the encoder, relative to that of the decoder; 0 keeps it.",
    )


SpeechNetwork = Annotated[Recogniser | Translator, Field(discriminator="class_name")]

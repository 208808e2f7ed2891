"""A network that someone else has trained."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from sametask.config.names import FilePath
from sametask.config.sections.section import Count, CountOrNone, Section

# The factory of all pretrained networks.
PRETRAINED = "sametask.networks.pretrained:from_source"


class Generation(Section):
    """How an encoder–decoder answers: by generating tokens, each from those before it."""

    tokens: Count = Field(description="Largest number of tokens of an answer.")
    beams: Count = Field(1, description="Number of beams; 1 takes the likeliest token each time.")
    first: CountOrNone | None = Field(
        None,
        description="Number of the token that every answer begins with, for a decoder of several "
        "languages: that of the language.",
    )


class Pretrained(Section):
    """A network of the library transformers, with the weights that someone has trained."""

    source: FilePath = Field(
        description="A folder of `save_pretrained`, or an id of the hub, such as "
        "`google-bert/bert-base-uncased`. Only config.json and safetensors are read."
    )
    class_name: str = Field(
        alias="class",
        pattern=r"^\w+$",
        description="Its class in transformers, such as `AutoModelForSequenceClassification`.",
    )
    revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch, for an id of the hub."
    )
    download: Literal["missing", "never"] = Field(
        "missing",
        description="What is fetched for an id of the hub: what is `missing` in the local cache, "
        "or nothing (`never`), as with HF_HUB_OFFLINE=1.",
    )
    generate: Generation | None = Field(
        None,
        description="For an encoder–decoder, such as `SpeechEncoderDecoderModel`: it answers by "
        "what it generates.",
    )

    @property
    def generated_by(self) -> dict[str, Any] | None:
        """The arguments of ``networks.generation.generating``, if it answers so."""
        return self.generate.plain() if self.generate else None

"""The settings of the spoken sentences: the content of ``config/spoken.yaml``."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from sametask.base.errors import nearest, quoted
from sametask.config.names import FilePath
from sametask.config.sections.section import Count, Section
from sametask.config.sections.speech_networks_section import (
    Recogniser,
    SpeechNetwork,
    Translator,
)

# A language of espeak-ng, and a variant of its voice: en-us+f3.
Voice = Annotated[str, Field(pattern=r"^[\w-]+(\+[\w-]+)?$")]
# What espeak-ng takes as it is: words a minute, and a pitch in units of its own.
Speed = Annotated[int, Field(ge=80, le=450)]
Pitch = Annotated[int, Field(ge=0, le=99)]
# Signal-to-noise ratios in dB.
Ratio = Annotated[float, Field(ge=-20, le=120)]


class Speaking(Section):
    """Who speaks the sentences, and how: drawn anew for each sentence."""

    voices: list[Voice] = Field(
        min_length=1, description="Voices of all splits but `test`, such as `en-us+f3`."
    )
    held_out_voices: list[Voice] = Field(
        min_length=1, description="Voices of the split `test`; none of them is in `voices`."
    )
    speeds: tuple[Speed, Speed] = Field(description="Slowest and fastest speed, in words a minute.")
    pitches: tuple[Pitch, Pitch] = Field(
        (50, 50), description="Lowest and highest pitch, from 0 to 99, around that of the voice."
    )
    noise: tuple[Ratio, Ratio] | None = Field(
        None,
        description="Lowest and highest signal-to-noise ratio in dB of white noise; none by "
        "default.",
    )

    @model_validator(mode="after")
    def _valid(self) -> Speaking:
        for key in ("speeds", "pitches", "noise"):
            ends = getattr(self, key)
            if ends is not None and ends[0] > ends[1]:
                raise ValueError(f"{key}: {ends[0]} is above {ends[1]}; give the lower one first")
        for key in ("voices", "held_out_voices"):
            names = getattr(self, key)
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"{key}: {quoted(twice[0])} is named twice; leave one out")
        both = [name for name in self.held_out_voices if name in self.voices]
        if both:
            raise ValueError(
                f"held_out_voices: {quoted(both[0])} is one of `voices` as well; leave it out of "
                "one of them"
            )
        return self


class Spoken(Section):
    """Sentences spoken by voices of espeak-ng."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    words: FilePath = Field(description="File of the words.")
    longest: Count | None = Field(
        None, description="Most words of a sentence; five to ten by default."
    )
    counts: dict[str, Count] = Field(
        min_length=1,
        description="Numbers of sentences for `train`, `validation`, `fit` and `test`.",
    )
    speaking: Speaking = Field(description="Who speaks them, and how.")
    networks: dict[str, SpeechNetwork] = Field(
        {}, description="Networks that are trained on them, by name."
    )

    @model_validator(mode="after")
    def _known_encoders(self) -> Spoken:
        recognisers = [
            name for name, network in self.networks.items() if isinstance(network, Recogniser)
        ]
        for name, network in self.networks.items():
            if isinstance(network, Translator) and network.encoder not in recognisers:
                raise ValueError(
                    f"networks.{name}.encoder: no recogniser {quoted(network.encoder)}; "
                    f"{nearest(network.encoder, recognisers)}"
                )
        return self

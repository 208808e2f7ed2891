"""Data sets of the library ``datasets`` as inputs of an experiment: texts, and sound."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sametask.base.errors import quoted
from sametask.config.names import FilePath
from sametask.config.sections.section import MANY, Section

Column = Annotated[str, Field(min_length=1)]
# The name of the sound of a sample beside the columns of its texts.
SOUND = "sound"


class Splits(Section):
    """Rows of one split of a data set, or of two."""

    source: FilePath = Field(
        description="A folder of `save_to_disk`, a folder of parquet, csv or jsonl files, or an id "
        "of the hub, such as `stanfordnlp/sst2`."
    )
    split: str = Field(
        min_length=1,
        description="Split that samples are drawn from; with `test_split`, only the fit samples.",
    )
    test_split: str | None = Field(
        None, min_length=1, description="Split of the test samples, such as held-out combinations."
    )
    label: str | None = Field(None, description="Name of the column of the classes, if any.")
    configuration: str | None = Field(
        None,
        min_length=1,
        description="Configuration of a data set of the hub, or of its files in a folder.",
    )
    revision: str | None = Field(
        None, min_length=1, description="Commit, tag or branch of a data set of the hub."
    )

    @property
    def splits(self) -> list[str]:
        """The names of its splits: that of the fit and that of the test samples, or one of all."""
        return [self.split] if self.test_split is None else [self.split, self.test_split]

    @model_validator(mode="after")
    def _apart(self) -> Splits:
        if self.test_split == self.split:
            raise ValueError(
                f"test_split: {self.split} is the split of the fit samples; leave test_split out, "
                "and it is divided"
            )
        return self


class Text(Splits):
    """Inputs are the texts of a data set of the library datasets."""

    domain: Literal["text"]
    text: Column = Field("text", description="Name of the column of the texts.")
    room: int = Field(
        0,
        ge=0,
        le=MANY,
        description="Bytes by which the longest text may grow where a function substitutes words.",
    )


class Speech(Splits):
    """Inputs are the clips of sound of a data set of the library datasets."""

    domain: Literal["speech"]
    audio: Column = Field("audio", description="Name of the column of the clips.")
    texts: list[Column] = Field(
        [],
        description="Columns of texts that samples carry beside their sound, such as the "
        "transcript; for networks that read them.",
    )
    rate: int = Field(
        16_000,
        ge=1000,
        le=192_000,
        description="Samples a second that networks take; clips with another rate are resampled.",
    )
    longest: float = Field(
        20.0,
        gt=0,
        le=3600,
        description="Seconds of the longest clip that is taken; every sample has room for it.",
    )

    @property
    def width(self) -> int:
        """The number of samples of sound that a clip has room for."""
        return round(self.rate * self.longest)

    @model_validator(mode="after")
    def _distinct(self) -> Speech:
        if self.width < 1:
            raise ValueError(f"longest: {self.longest} seconds are no sample at rate {self.rate}")
        for name in self.texts:
            if name == SOUND or self.texts.count(name) > 1:
                fault = "is the name of the clip itself" if name == SOUND else "is named twice"
                raise ValueError(f"texts: {quoted(name)} {fault}")
        return self

"""The settings of a population that others have trained: a file in ``config/populations``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from sametask.config.names import FilePath
from sametask.config.sections.askable import named_words
from sametask.config.sections.population_section import Population
from sametask.config.sections.section import Section
from sametask.config.sections.study_section import Study


class PopulationSource(Section):
    """The files of a population, which are here already: nothing is downloaded."""

    google: FilePath | None = Field(
        None,
        description="A folder of the small CNN zoo (Unterthiner et al. 2020): weights.npy, "
        "metrics.csv.gz and layout.csv.",
    )
    pickled: FilePath | None = Field(
        None,
        description="A file of torch.save with the data sets of Schürholt et al. 2021. Only "
        "tensors and plain values are read; no code in it is run.",
    )
    download: str | None = Field(
        None, min_length=1, description="Where to get the files, for the message that they lack."
    )

    @model_validator(mode="after")
    def _one_kind(self) -> PopulationSource:
        if (self.google is None) == (self.pickled is None):
            raise ValueError("takes one of google and pickled")
        return self


class ImportedPopulation(Section):
    """Networks that others have trained."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of the division into halves.")
    source: PopulationSource = Field(description="The files of the networks.")
    split: FilePath | None = Field(
        None,
        description="A CSV file that names the half of each run of a google zoo: columns modeldir "
        "and split, train or test. Runs that it does not name are left out. Without it, both "
        "halves have as many networks of every kind.",
    )
    study: Study = Field(Study(), description="What is asked of their weights.")

    @model_validator(mode="after")
    def _divided_once(self) -> ImportedPopulation:
        if self.split and self.source.pickled:
            raise ValueError("split is for google; the data sets of a pickled file are divided")
        return self

    @model_validator(mode="after")
    def _askable(self) -> ImportedPopulation:
        here = "of networks only that are trained here"
        unknown = {"codes": self.study.codes is not None, "tell.task": "task" in self.study.tell}
        for key in (key for key, asked in unknown.items() if asked):
            raise ValueError(f"study.{key}: is known {here}")
        for key, word in named_words(self.study):
            if word == "probes-images":
                raise ValueError(f"{key}: {word} knows images {here}")
        return self

    def trained(self) -> dict[str, Any]:
        """Return the settings that the networks depend on, as JSON values."""
        return self.model_dump(mode="json", exclude={"study"})


def kind_of_population(values: Mapping[str, Any]) -> type[Population] | type[ImportedPopulation]:
    """Return which settings the content of a file is: those of an import name a source."""
    return ImportedPopulation if "source" in values else Population

"""Write spoken sentences as a data set of the library datasets."""

from collections.abc import Mapping
from typing import Any

from datasets import disable_progress_bars

from sametask.config.sections.spoken_section import Speaking
from sametask.examples.sentences import read_words
from sametask.examples.speech import data_set
from sametask.jobs.job import job
from sametask.storage.atomic import replacing


def make_spoken(words: str, output: str, settings: Mapping[str, Any]) -> None:
    """Write a folder of ``save_to_disk``; ``settings`` are keys of ``config/spoken.yaml``."""
    disable_progress_bars()  # they would be in the log line by line
    tables = data_set(
        read_words(words),
        settings["counts"],
        Speaking(**settings["speaking"]),
        settings["seed"],
        settings["longest"],
    )
    with replacing(output) as unfinished:
        tables.save_to_disk(unfinished)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        make_spoken(snakemake.input.words, snakemake.output[0], snakemake.params.settings)

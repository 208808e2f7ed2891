"""Write sentences with German translations and labels as a data set of the library datasets."""

from collections.abc import Mapping

from datasets import disable_progress_bars

from sametask.examples.sentences import data_set, read_words
from sametask.jobs.job import job
from sametask.storage.atomic import replacing


def make_sentences(words: str, output: str, counts: Mapping[str, int], seed: int) -> None:
    """Write a folder of ``save_to_disk`` with ``counts`` sentences for each split."""
    disable_progress_bars()  # they would be in the log line by line
    tables = data_set(read_words(words), counts, seed)
    with replacing(output) as unfinished:
        tables.save_to_disk(unfinished)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        make_sentences(
            snakemake.input.words,
            snakemake.output[0],
            snakemake.params.counts,
            snakemake.params.seed,
        )

"""Train a tokeniser on the training texts of a data set."""

from sametask.config.sections.sentences_section import Tokeniser
from sametask.inputs.data_sets.texts import read_texts
from sametask.jobs.job import job
from sametask.networks.tokenisers import train_tokeniser
from sametask.storage.atomic import replacing


def save_tokeniser(data: str, output: str, settings: Tokeniser) -> None:
    """Write a folder with ``tokenizer.json``."""
    texts = read_texts(data, "train").texts
    tokeniser = train_tokeniser(settings.kind, texts, settings.vocabulary)
    with replacing(output) as unfinished:
        tokeniser.save_pretrained(unfinished)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        save_tokeniser(
            snakemake.input.data,
            snakemake.output[0],
            Tokeniser(**snakemake.params.settings),
        )

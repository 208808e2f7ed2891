"""Train a network of transformers to write down or to translate what is said."""

from sametask.base.errors import about
from sametask.base.randomness import derived_seed
from sametask.config.sections.speech_networks_section import TRANSLATOR, Recogniser, Translator
from sametask.jobs.job import job
from sametask.networks.speech.recogniser import train_recogniser
from sametask.networks.speech.translator import train_translator

if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        name, settings = snakemake.wildcards.speech_network, snakemake.params.settings
        seed = derived_seed(snakemake.params.seed, f"network {name}")
        with about(f"network {name!r}"):
            if settings["class"] == TRANSLATOR:
                trained = train_translator(
                    Translator(**settings),
                    snakemake.input.data,
                    snakemake.input.recogniser[0],
                    seed,
                )
            else:
                trained = train_recogniser(Recogniser(**settings), snakemake.input.data, seed)
        trained.save(snakemake.output[0])

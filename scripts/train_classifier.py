"""Train a network of transformers to classify the texts of a data set."""

from sametask.base.errors import about
from sametask.base.randomness import derived_seed
from sametask.config.sections.sentences_section import TextClassifier
from sametask.jobs.job import job
from sametask.networks.text_classifiers import train_classifier

if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        name = snakemake.wildcards.classifier
        with about(f"classifier {name!r}"):
            trained = train_classifier(
                TextClassifier(**snakemake.params.settings),
                snakemake.input.data,
                snakemake.input.tokeniser,
                derived_seed(snakemake.params.seed, f"network {name}"),
            )
        trained.save(snakemake.output[0])

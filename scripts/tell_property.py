"""Tell a property of networks from their weights, and judge it on networks that were held out."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sametask.config.sections.imported_population_section import (
    ImportedPopulation,
    kind_of_population,
)
from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.populations.stored import CHECKPOINT, NETWORK
from sametask.populations.training import trained_on
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.weights.predictors import predictor_named
from sametask.weights.questions import ask, divided
from sametask.weights.seen import Seen
from sametask.weights.told import tell


@dataclass(frozen=True)
class Asked:
    """A property, and the predictor that tells it: of how many networks it learns (all if None),
    for how many ``steps`` at most, which seven statistics it sees, and the seed of what it draws.
    """

    property: str
    predictor: str
    networks: int | None
    steps: int | None
    statistics: str
    seed: int


def tell_property(
    paths: Mapping[str, str],
    output: str,
    asked: Asked,
    settings: Population | ImportedPopulation,
    provenance: Mapping[str, Any],
) -> None:
    """Write told/{property}/{networks}/{predictor}.zarr: answers, and how right they are."""
    seen = Seen.read(paths, asked.statistics)
    population = seen.population
    predictor = predictor_named(asked.predictor).within(asked.steps)
    inputs = seen.of(predictor.seen)
    networks = divided(population.split, asked.seed, asked.networks)
    question = ask(population, asked.property, asked.seed)
    images = trained_on(settings)
    told = tell(inputs, question, population, networks, predictor, images, asked.seed)
    with store.create(output, "told", parents=seen.parents, provenance=provenance) as writer:
        writer.array("network", networks.test, NETWORK)
        writer.array("predicted", told.predicted, CHECKPOINT)
        writer.array("by_checkpoint", told.by_checkpoint, ["checkpoint"])
        if curve := told.learned.curve:
            for name, values in asdict(curve).items():
                writer.array(f"curve/{name}", values, ["check"])
        counts = {"learn": len(networks.learn), "choose": len(networks.choose)}
        facts = {"counts": counts, "classes": list(question.classes)}
        writer.attributes |= asdict(asked) | told.scores | told.learned.facts | facts


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        wildcards = snakemake.wildcards
        params = snakemake.params
        number = None if wildcards.networks == "all" else int(wildcards.networks)
        tell_property(
            dict(snakemake.input.items()),
            snakemake.output[0],
            Asked(wildcards.property, wildcards.predictor, number, **params.learning),
            kind_of_population(params.settings)(**params.settings),
            origin(snakemake.rule, params),
        )

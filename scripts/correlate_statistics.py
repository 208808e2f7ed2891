"""Say how each statistic of weights goes with accuracy, on networks that were held out."""

from collections.abc import Mapping

from sametask.jobs.job import job
from sametask.populations.stored import StoredPopulation
from sametask.storage.related import require_related
from sametask.storage.store import open_store, write_json
from sametask.weights.correlations import statistics_judged
from sametask.weights.questions import ask, divided
from sametask.weights.statistics import VARIANTS, chosen


def correlate_statistics(paths: Mapping[str, str], output: str, variant: str, seed: int) -> None:
    """Write correlations.json: each of the seven statistics of all weights beside accuracy."""
    stores = {kind: open_store(path, kind) for kind, path in paths.items()}
    require_related(stores)
    population = StoredPopulation(stores["population"])
    statistics = chosen(stores["statistics"]["whole"], variant)
    question, networks = ask(population, "accuracy", seed), divided(population.split, seed)
    write_json(output, statistics_judged(statistics, VARIANTS[variant], question, networks, seed))


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        correlate_statistics(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.params.statistics,
            snakemake.params.seed,
        )

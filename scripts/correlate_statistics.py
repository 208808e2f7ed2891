"""Say how each statistic of weights goes with accuracy, on networks that were held out."""

from collections.abc import Mapping

from sametask.jobs.job import job
from sametask.storage.store import write_json
from sametask.weights.correlations import statistics_judged
from sametask.weights.questions import ask, divided
from sametask.weights.seen import Seen
from sametask.weights.statistics import VARIANTS


def correlate_statistics(paths: Mapping[str, str], output: str, variant: str, seed: int) -> None:
    """Write correlations.json: each of the seven statistics of all weights beside accuracy."""
    seen = Seen.read(paths, variant)
    population, statistics = seen.population, seen.of("whole")
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

"""Compare pairs of networks of a population: by the verdict on the task, and by their weights."""

from collections.abc import Mapping

from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.jobs.workers import on_workers
from sametask.storage.store import write_json
from sametask.weights.judged import judge
from sametask.weights.pairs.choice import choose
from sametask.weights.pairs.distances import distances, principal_codes, standardised
from sametask.weights.pairs.meetings import meetings
from sametask.weights.pairs.report import report
from sametask.weights.seen import Seen


def compare_pairs(
    paths: Mapping[str, str],
    output: str,
    settings: Population,
    variant: str,
    seed: int,
    threads: int,
) -> None:
    """Write pairs.json: how close the networks of each pair are, by every score."""
    seen = Seen.read(paths, variant)
    population = seen.population
    pairs = choose(population, seed)
    calls = [(meeting,) for meeting in meetings(population, pairs, settings, seed)]
    verdicts = list(on_workers(judge, calls, threads, "pairs"))
    codes = {
        "principal components": principal_codes(population),
        "statistics of units": standardised(seen.of("units"), population),
    }
    found = distances(population, pairs, codes)
    write_json(output, report(population, pairs, verdicts, found, seed))


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        compare_pairs(
            dict(snakemake.input.items()),
            snakemake.output[0],
            Population(**snakemake.params.settings),
            snakemake.params.statistics,
            snakemake.params.seed,
            snakemake.threads,
        )

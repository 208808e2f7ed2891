"""Measure statistics of the weights of every network of a population."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.populations.stored import CHECKPOINT, StoredPopulation
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.weights.statistics import STATISTICS, all_statistics


def measure_statistics(population: str, output: str, provenance: Mapping[str, Any]) -> None:
    """Write statistics.zarr: (network, checkpoint, part, statistic), of three kinds of parts."""
    networks = StoredPopulation.read(population)
    parents = {"population": networks.store.digest}
    with store.create(output, "statistics", parents=parents, provenance=provenance) as writer:
        for scope, values in all_statistics(networks.weights, networks.layers).items():
            writer.array(scope, values, [*CHECKPOINT, "part", "statistic"])
        writer.attributes["statistics"] = list(STATISTICS)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        measure_statistics(
            snakemake.input.population,
            snakemake.output[0],
            origin(snakemake.rule, snakemake.params),
        )

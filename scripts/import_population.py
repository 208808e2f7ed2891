"""Read a population that others have trained from their files, and write its store."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.imported_population_section import ImportedPopulation
from sametask.jobs.job import job
from sametask.populations.imported.reading import read_zoo
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def import_population(
    output: str, settings: ImportedPopulation, provenance: Mapping[str, Any]
) -> None:
    """Write population.zarr, some networks in memory at a time."""
    zoo = read_zoo(settings)
    with store.create(output, "population", provenance=provenance) as writer:
        zoo.write(writer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        import_population(
            snakemake.output[0],
            ImportedPopulation(**snakemake.params.settings),
            origin(snakemake.rule, snakemake.params),
        )

"""Draw the figures of a population of networks, and write the page of what weights reveal."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.imported_population_section import (
    ImportedPopulation,
    kind_of_population,
)
from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.populations.training import trained_on
from sametask.report.data.population import read_studied
from sametask.report.pages.population import write_population


def render_population(
    paths: Mapping[str, Any],
    facts: Mapping[str, Any],
    settings: Population | ImportedPopulation,
    page: str,
    folder: str,
) -> None:
    """Write report.html and its figures from the stores of a population."""
    images = trained_on(settings)
    pixels = None if images is None else images.numpy()
    write_population(read_studied(paths, facts, pixels), page, folder)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        settings = snakemake.params.settings
        render_population(
            dict(snakemake.input.items()),
            snakemake.params.facts,
            kind_of_population(settings)(**settings),
            *snakemake.output,
        )

"""Draw the figures of a population of networks, and write the page of what weights reveal."""

from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.populations.training import trained_on
from sametask.report.data.population import read_studied
from sametask.report.pages.population import write_population

if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        images = trained_on(Population(**snakemake.params.settings))
        studied = read_studied(
            dict(snakemake.input.items()),
            snakemake.params.facts,
            None if images is None else images.numpy(),
        )
        write_population(studied, *snakemake.output)

"""Write a stitched network as one folder that needs nothing beside it."""

from sametask.jobs.job import job
from sametask.maps.exported import export

if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        export(
            snakemake.output[0],
            {end: snakemake.input[end] for end in ("source", "target")},
            snakemake.input.transformation,
            snakemake.params.facts,
        )

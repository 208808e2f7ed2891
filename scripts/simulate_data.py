"""Simulate a file of inputs block by block; it may be larger than memory."""

from collections.abc import Mapping
from typing import Any

from sametask.base.progress import progress
from sametask.config.sections.input_sections import Simulation
from sametask.inputs.simulation import simulated_blocks
from sametask.jobs.job import job
from sametask.storage.atomic import replacing
from sametask.storage.provenance import provenance as origin
from sametask.storage.written import write_blocks


def simulate_data(
    output: str, settings: Simulation, seed: int, provenance: Mapping[str, Any]
) -> None:
    """Write an HDF5 file of the arrays that the function of ``settings`` returns."""
    starts, blocks = simulated_blocks(settings, seed)
    numbered = zip(progress(starts, "blocks of rows"), blocks, strict=True)
    attributes = {key: str(value) for key, value in provenance.items()}
    with replacing(output) as unfinished:
        write_blocks(unfinished, settings.count, numbered, attributes)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        simulate_data(
            snakemake.output[0],
            Simulation(**snakemake.params.settings),
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

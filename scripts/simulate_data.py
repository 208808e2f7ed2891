"""Simulate a file of inputs, block by block: it may be larger than memory."""

import h5py

from sametask.atomic import replacing
from sametask.inputs.simulation import simulated_blocks
from sametask.job import job
from sametask.progress import progress
from sametask.provenance import provenance as origin


def simulate_data(output, settings, seed, provenance):
    """Write an HDF5 file of the arrays that the function of ``settings`` returns."""
    starts, blocks = simulated_blocks(settings, seed)
    with replacing(output) as unfinished, h5py.File(unfinished, "w") as file:
        file.attrs.update({key: str(value) for key, value in provenance.items()})
        for start, arrays in zip(progress(starts, "blocks of rows"), blocks, strict=True):
            for name, values in arrays.items():
                if name not in file:
                    shape = (settings["count"], *values.shape[1:])
                    file.create_dataset(name, shape, values.dtype)
                file[name][start : start + len(values)] = values


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        simulate_data(
            snakemake.output[0],
            snakemake.params.settings,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

"""Draw the samples that maps are fitted on, and those that they are judged by."""

import numpy as np

from sametask import store
from sametask.inputs import draw_samples as draw
from sametask.job import job
from sametask.provenance import provenance as origin


def draw_samples(output, inputs, samples, task, seed, provenance):
    """Write samples.zarr from the sections of an experiment."""
    draws = draw(inputs, samples, task, seed)
    with store.create(output, "samples", provenance=provenance) as writer:
        for part, drawn in draws.items():
            axes = [f"input_{axis}" for axis in range(drawn.inputs.ndim - 1)]
            writer.array(f"{part}/inputs", drawn.inputs, ["sample", *axes])
            if drawn.targets is not None:
                axes = [f"target_{axis}" for axis in range(drawn.targets.ndim - 1)]
                writer.array(f"{part}/targets", drawn.targets, ["sample", *axes])
            if drawn.rows is not None:
                writer.array(f"{part}/rows", drawn.rows, ["sample"])
        shape = draws["fit"].inputs.shape[1:]
        writer.attributes |= {
            "input_shape": list(shape),
            "input_dimension": int(np.prod(shape)),
            "task": task["kind"] if task else None,
        }


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        draw_samples(
            snakemake.output[0],
            snakemake.params.inputs,
            snakemake.params.samples,
            snakemake.params.task,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

"""Draw the samples that maps are fitted on, and those that they are judged by."""

import numpy as np

from sametask import store
from sametask.inputs import draw_samples as draw
from sametask.inputs.domains import Domain
from sametask.job import job
from sametask.provenance import provenance as origin


def draw_samples(output, inputs, samples, task, seed, provenance):
    """Write samples.zarr from the sections of an experiment."""
    draws = draw(inputs, samples, task, seed)
    with store.create(output, "samples", provenance=provenance) as writer:
        for part, drawn in draws.items():
            for name, values in vars(drawn).items():
                if values is not None:
                    writer.array(f"{part}/{name}", values, ["sample"])
        shape = draws["fit"].inputs.shape[1:]
        writer.attributes |= {
            "input_shape": list(shape),
            "input_dimension": int(np.prod(shape)),
            "task": task["kind"] if task else None,
        }
        if inputs["domain"] != "array":
            domain = Domain.of(inputs)
            writer.attributes |= {"axes": domain.labels, "circles": domain.circles.tolist()}


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

"""Draw the samples that maps are fitted on and judged by, or those of them that are shared."""

import numpy as np

from sametask.config.input_sections import Samples, Task, inputs_section
from sametask.inputs import draw_samples as draw
from sametask.inputs import draw_shared, examine, write_draws, write_equal
from sametask.inputs.domains import Domain
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def draw_samples(output, inputs, samples, task, seed, pool, provenance):
    """Write samples.zarr from the sections of an experiment.

    Of an experiment with ``anchors`` these are the test samples and a pool of ``pool`` others.
    """
    first, _ = examine(inputs, task)
    anchors = samples.anchors
    if anchors is None:
        draws, own = draw(inputs, samples, task, seed, first), {}
    else:
        draws = draw_shared(inputs, samples, task, seed, pool, first)
        own = {"anchors": anchors}
    with store.create(output, "samples", provenance=provenance) as writer:
        write_draws(writer, draws)
        shape = draws["test"].inputs.shape[1:]
        writer.attributes |= {
            "input_shape": list(shape),
            "input_dimension": int(np.prod(shape)),
            "task": task.kind if task else None,
            **own,
        }
        if first is not None:
            write_equal(writer, first, draws)
        else:
            domain = Domain.of(inputs)
            writer.attributes |= {"axes": domain.labels, "circles": domain.circles.tolist()}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        draw_samples(
            snakemake.output[0],
            inputs_section(snakemake.params.inputs),
            Samples(**snakemake.params.samples),
            snakemake.params.task and Task(**snakemake.params.task),
            snakemake.params.seed,
            snakemake.params.pool,
            origin(snakemake.rule, snakemake.params),
        )

"""Draw the samples that maps are fitted on and tested on, or only the shared ones."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.input_sections import InputsSection, inputs_section
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import examine, write_draws, write_equal
from sametask.inputs.shared_samples import draw_common, facts_of
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def draw_samples(
    output: str,
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    pool: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write samples.zarr from the sections of an experiment.

    With ``anchors``, these are the test samples and ``pool`` other samples that networks share.
    """
    first, _ = examine(inputs, task)
    draws = draw_common(inputs, samples, task, seed, pool, first)
    with store.create(output, "samples", provenance=provenance) as writer:
        write_draws(writer, draws)
        writer.attributes |= facts_of(draws, inputs, samples, task)
        if first is not None:
            write_equal(writer, first, draws)


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

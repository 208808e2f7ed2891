"""Draw the samples of a network's own, beside those that all networks share."""

from collections.abc import Mapping
from typing import Any

from sametask.base.errors import about
from sametask.config.sections.input_sections import InputsSection, inputs_section
from sametask.config.sections.sample_sections import Samples, Task
from sametask.inputs import draw_own, read_draws, write_draws, write_equal
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def draw_own_samples(
    shared: str,
    output: str,
    name: str,
    inputs: InputsSection,
    samples: Samples,
    task: Task | None,
    seed: int,
    portion: tuple[int, int],
    provenance: Mapping[str, Any],
) -> None:
    """Write samples.zarr of the network ``name``: its fit samples and the shared samples."""
    common = store.open_store(shared, "samples")
    draws, first = read_draws(common, ("test", "pool")), common.get("first_rows")
    with about(f"network {name!r}"):
        fit = draw_own(inputs, samples, task, seed, draws, name, portion, first)
    parents = {"shared": common.digest}
    with store.create(output, "samples", parents=parents, provenance=provenance) as writer:
        writer.attributes |= common.attributes
        drawn = {"fit": fit, **draws}
        write_draws(writer, drawn)
        if first is not None:
            write_equal(writer, first, drawn)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        params = snakemake.params
        draw_own_samples(
            snakemake.input.shared,
            snakemake.output[0],
            params.name,
            inputs_section(params.inputs),
            Samples(**params.samples),
            params.task and Task(**params.task),
            params.seed,
            params.share,
            origin(snakemake.rule, params),
        )

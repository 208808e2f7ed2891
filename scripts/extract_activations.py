"""Record the chosen layers of a network on samples and on their perturbations."""

from collections.abc import Mapping, Sequence
from typing import Any

from sametask.activations.describe import describe
from sametask.activations.shards import join_shards, open_shards, parents_of, record_network
from sametask.base.errors import about
from sametask.config.sections.recording import Recording
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def extract_activations(
    samples: str,
    folder: str,
    shards: Sequence[str],
    output: str,
    name: str,
    settings: Recording,
    gpu: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write activations.zarr: recorded here, or joined from shards."""
    drawn = store.open_store(samples, "samples")
    parents = parents_of(drawn, folder)
    with (
        about(f"network {name!r}"),
        store.create(output, "activations", parents=parents, provenance=provenance) as writer,
    ):
        if shards:
            whole = join_shards(writer, open_shards(shards, parents, settings))
        else:
            whole = record_network(writer, drawn, folder, settings, gpu)
        # If these are sequences, their slices are described when they are cut.
        if settings.positions is None:
            writer.attributes |= describe(whole, writer.attributes["layout"]["neurons"])


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        extract_activations(
            snakemake.input.samples,
            snakemake.input.network,
            snakemake.input.shards,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            Recording(**snakemake.params.settings),
            snakemake.resources.gpu,
            origin(snakemake.rule, snakemake.params),
        )

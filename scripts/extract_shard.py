"""Record a network on one part of the samples and on their perturbations."""

from collections.abc import Mapping
from typing import Any

from sametask.activations.shards import SHARD, parents_of, record_part
from sametask.base.errors import about
from sametask.config.sections.recording import Recording
from sametask.jobs.job import job
from sametask.jobs.parts import JobPart
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def extract_shard(
    samples: str,
    folder: str,
    output: str,
    name: str,
    number: int,
    shards: int,
    settings: Recording,
    gpu: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write the store of shard ``number`` of ``shards``, counted from 1."""
    drawn = store.open_store(samples, "samples")
    parents = parents_of(drawn, folder)
    with (
        about(f"network {name!r}, shard {number} of {shards}"),
        store.create(output, SHARD, parents=parents, provenance=provenance) as writer,
    ):
        record_part(writer, drawn, folder, settings, gpu, JobPart(number - 1, shards))


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        wildcards = snakemake.wildcards
        extract_shard(
            snakemake.input.samples,
            snakemake.input.network,
            snakemake.output[0],
            wildcards.network.split("/")[1],
            int(wildcards.number),
            int(wildcards.shards),
            Recording(**snakemake.params.settings),
            snakemake.resources.gpu,
            origin(snakemake.rule, snakemake.params),
        )

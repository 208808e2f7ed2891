"""Align the diffusion coordinates of two networks by a rotation."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.statistics.stored_alignment import align_embeddings
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import open_related, parents_of


def align_coordinates(a: str, b: str, output: str, provenance: Mapping[str, Any]) -> None:
    """Write alignment.zarr from the coordinates of two networks on the same samples."""
    # Rows are paired by position: both networks must have the same samples.
    embedded = open_related({"diffusion_a": a, "diffusion_b": b})
    rotation, facts = align_embeddings(*embedded.values())
    parents = parents_of("alignment", embedded)
    with store.create(output, "alignment", parents=parents, provenance=provenance) as writer:
        if rotation is not None:
            writer.array("rotation", rotation, ["coordinate_a", "coordinate_b"])
        writer.attributes |= facts


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        align_coordinates(
            snakemake.input.diffusion_a,
            snakemake.input.diffusion_b,
            snakemake.output[0],
            origin(snakemake.rule, snakemake.params),
        )

"""Align the diffusion coordinates of two networks by a rotation."""

import torch

from sametask import store
from sametask.alignment import align
from sametask.job import job
from sametask.provenance import provenance as origin


def align_coordinates(a, b, output, provenance):
    """Write alignment.zarr from the coordinates of two networks on the same samples."""
    embedded = {"a": store.open_store(a, "diffusion"), "b": store.open_store(b, "diffusion")}
    # Rows are paired by position: both networks must have seen the very same samples.
    store.require_parents(embedded["b"], samples=embedded["a"].parents["samples"])
    coordinates = {side: torch.from_numpy(one["eigenvectors"]) for side, one in embedded.items()}
    groups = torch.from_numpy(embedded["a"]["samples"]) if "samples" in embedded["a"] else None
    alignment = align(coordinates["a"], coordinates["b"], groups)
    parents = {side: one.digest for side, one in embedded.items()}
    with store.create(output, "alignment", parents=parents, provenance=provenance) as writer:
        writer.array("rotation", alignment.rotation, ["coordinate_a", "coordinate_b"])
        writer.attributes |= {
            "residual": alignment.residual,
            "residual_held_out": alignment.residual_held_out,
        }


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        align_coordinates(
            snakemake.input.a,
            snakemake.input.b,
            snakemake.output[0],
            origin(snakemake.rule, snakemake.params),
        )

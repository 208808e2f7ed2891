"""Align the diffusion coordinates of two networks by a rotation."""

import torch

from sametask.jobs.job import job
from sametask.statistics.procrustes import align
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def _aligned(a, b):
    """Return the rotation between two embeddings and its residuals, or why there is none."""
    if failed := "; ".join(one.failed for one in (a, b) if one.failed):
        return {}, {"failed": failed}
    coordinates = (torch.from_numpy(one["eigenvectors"]) for one in (a, b))
    groups = torch.from_numpy(a["samples"]) if "samples" in a else None
    alignment = align(*coordinates, groups)
    residuals = {key: getattr(alignment, key) for key in ("residual", "residual_held_out")}
    return {"rotation": alignment.rotation}, residuals


def align_coordinates(a, b, output, provenance):
    """Write alignment.zarr from the coordinates of two networks on the same samples."""
    embedded = {"a": store.open_store(a, "diffusion"), "b": store.open_store(b, "diffusion")}
    # Rows are paired by position: both networks must have seen the very same samples.
    store.require_parents(embedded["b"], samples=embedded["a"].parents["samples"])
    arrays, facts = _aligned(embedded["a"], embedded["b"])
    parents = {side: one.digest for side, one in embedded.items()}
    with store.create(output, "alignment", parents=parents, provenance=provenance) as writer:
        for name, values in arrays.items():
            writer.array(name, values, ["coordinate_a", "coordinate_b"])
        writer.attributes |= facts


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        align_coordinates(
            snakemake.input.a,
            snakemake.input.b,
            snakemake.output[0],
            origin(snakemake.rule, snakemake.params),
        )

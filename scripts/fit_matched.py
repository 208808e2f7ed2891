"""Fit every map between networks that share a few inputs, in both directions."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.maps.stored_sides import measured_of
from sametask.maps.transformation import save_maps
from sametask.matching.stored_networks import fit_stored_match
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of


def fit_matched(
    paths: Mapping[str, str],
    names: Mapping[str, str],
    output: str,
    smoothing: float | str,
    provenance: Mapping[str, Any],
) -> None:
    """Write transformation.zarr; ``paths`` are of stores by role, ``names`` of both networks."""
    stores = open_related(paths)
    maps, left_out = fit_stored_match(stores, smoothing)
    parents = parents_of("transformation", stores)
    with store.create(output, "transformation", parents=parents, provenance=provenance) as writer:
        save_maps(writer, maps, *measured_of(stores, names).values(), left_out)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        fit_matched(
            of_kinds(snakemake.input, "activations", "diffusion", "alignment"),
            {side: snakemake.wildcards[side] for side in ("a", "b")},
            snakemake.output[0],
            snakemake.params.smoothing,
            origin(snakemake.rule, snakemake.params),
        )

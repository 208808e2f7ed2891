"""Fit every map between two networks, in both directions, on the same paired samples."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.maps.stored_sides import fit_stored, measured_of
from sametask.maps.transformation import save_maps
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of


def fit_transformation(
    paths: Mapping[str, str],
    names: Mapping[str, str],
    output: str,
    settings: Mapping[str, Any],
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write transformation.zarr; ``paths`` are of stores by role, ``names`` of both networks."""
    stores = open_related(paths)
    maps, left_out, chosen = fit_stored(stores, settings["smoothing"], settings["fill"], seed)
    parents = parents_of("transformation", stores)
    with store.create(output, "transformation", parents=parents, provenance=provenance) as writer:
        save_maps(writer, maps, *measured_of(stores, names).values(), left_out, chosen)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given = snakemake.input
        fit_transformation(
            of_kinds(given, "samples", "activations", "diffusion", "alignment"),
            {side: snakemake.wildcards[side] for side in ("a", "b")},
            snakemake.output[0],
            snakemake.params.settings,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

"""Measure how the neurons of an ensemble lie to each other, by one estimate of covariances."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.neurons import members, moments
from sametask.neurons.arrangement.arranged import KIND, write_arrangement
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def arrange_neurons(
    paths: Mapping[str, str], output: str, layer: int, provenance: Mapping[str, Any]
) -> None:
    """Write arrangement/{estimator}.zarr: distances, ellipsoids, coverage and density."""
    kinds = {"members": members.KIND, "covariances": moments.KIND}
    parents = {name: store.open_store(paths[name], kind).digest for name, kind in kinds.items()}
    networks = members.Members.read(paths["members"])
    neurons = networks.as_of_other_samples(layer)
    with store.create(output, KIND, parents=parents, provenance=provenance) as writer:
        write_arrangement(writer, moments.Moments.read(paths["covariances"]), neurons)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        arrange_neurons(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.params.layer,
            origin(snakemake.rule, snakemake.params),
        )

"""Reconstruct inputs and outputs of a network from subsets of its neurons."""

from collections.abc import Mapping
from typing import Any

from sametask.base.errors import about
from sametask.evaluation.reconstruction import (
    choose_neurons,
    most_neurons,
    reconstruct_recorded,
    required_neurons,
)
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def reconstruct_samples(
    activations: str,
    output: str,
    name: str,
    settings: Mapping[str, Any],
    dimension: int,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write reconstruction.zarr: errors of inputs and outputs by the number of neurons."""
    recorded = store.open_store(activations, "activations")
    measured = recorded.lazy("fit/samples").shape[1]
    most = most_neurons(dimension, measured, settings["neurons"])
    neurons = choose_neurons(measured, most, settings["choices"], seed)
    with about(f"network {name!r}"):
        arrays = reconstruct_recorded(recorded, settings["of"], settings["samples"], neurons)
    parents = {"activations": recorded.digest}
    with store.create(output, "reconstruction", parents=parents, provenance=provenance) as writer:
        writer.array("neurons", neurons, ["choice", "neuron"])
        for array, values in arrays.items():
            writer.array(array, values, ["choice", "neurons"])
        writer.attributes |= {"dimension": dimension, "required": required_neurons(dimension)}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        params = snakemake.params
        reconstruct_samples(
            snakemake.input.activations,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            params.settings,
            params.dimension,
            params.seed,
            origin(snakemake.rule, params),
        )

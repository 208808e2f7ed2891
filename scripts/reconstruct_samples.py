"""Tell what a network was given, and what it answers, from a few of its neurons."""

import torch

from sametask.base.errors import about
from sametask.evaluation.reconstruction import (
    choose_neurons,
    most_neurons,
    reconstruct,
    required_neurons,
)
from sametask.jobs.job import job
from sametask.splines.smoothing import evenly_spread
from sametask.storage import store
from sametask.storage.provenance import provenance as origin

# What is reconstructed, by the name of its arrays.
SOURCES = {"input": "seen", "output": "outputs"}


def _rows(recorded, name, places=slice(None)):
    return torch.from_numpy(recorded[name][places]).double().flatten(1)


def reconstruct_samples(activations, output, name, settings, dimension, seed, provenance):
    """Write reconstruction.zarr: errors of inputs and outputs by the number of neurons."""
    recorded = store.open_store(activations, "activations")
    total, measured = recorded.lazy("fit/samples").shape
    places = evenly_spread(total, settings["samples"]).numpy()
    fit, test = _rows(recorded, "fit/samples", places), _rows(recorded, "test/samples")
    most = most_neurons(dimension, measured, settings["neurons"])
    neurons = choose_neurons(measured, most, settings["choices"], seed)
    parents = {"activations": recorded.digest}
    with (
        about(f"network {name!r}"),
        store.create(output, "reconstruction", parents=parents, provenance=provenance) as writer,
    ):
        writer.array("neurons", neurons, ["choice", "neuron"])
        writer.attributes |= {"dimension": dimension, "required": required_neurons(dimension)}
        for what in settings["of"]:
            targets = _rows(recorded, f"fit/{SOURCES[what]}", places)
            actual = _rows(recorded, f"test/{SOURCES[what]}")
            errors = reconstruct(fit, test, targets, actual, neurons)
            if errors is not None:
                writer.array(f"{what}/errors", errors, ["choice", "neurons"])


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

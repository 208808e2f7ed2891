"""Estimate the local inverse covariance of a network's activations around every sample."""

import torch

from sametask import store
from sametask.errors import about
from sametask.geometry import (
    choose_rank,
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    whitening,
)
from sametask.inputs import neighbourhoods
from sametask.job import job
from sametask.progress import progress
from sametask.provenance import provenance as origin


def _from_jacobians(recorded, sigma):
    """Spectrum of every local covariance; its response is the spectrum itself, without error."""
    values, vectors = jacobian_spectrum(torch.from_numpy(recorded["fit/jacobians"]).double(), sigma)
    return values, vectors, values, torch.zeros(len(values), dtype=values.dtype)


def _from_neighbours(recorded, inputs, neighbours, seed, rank):
    """The same from sampled neighbourhoods, read block by block.

    The response is only needed to find a rank, and only a regression on more neighbours than
    input axes can find it; otherwise the spectrum stands in for it.
    """
    array = recorded.lazy("fit/neighbours")
    # A block's activations are in memory, and the inputs of its neighbours.
    drawn_shape = (*array.shape[:2], inputs[0].size)
    rows = min(store.rows_per_shard(shape, float) for shape in (array.shape, drawn_shape))
    regressed = rank == "auto" and neighbours["count"] > inputs[0].size + 1
    blocks = []
    for start in progress(range(0, len(inputs), rows), "blocks of samples"):
        block = torch.from_numpy(array[start : start + rows]).double()
        values, vectors = covariance_spectrum(block)
        response, error = values, torch.zeros(len(values), dtype=values.dtype)
        if regressed:
            samples = inputs[start : start + rows]
            drawn = neighbourhoods(
                samples, range(start, start + len(samples)), **neighbours, seed=seed
            )
            causes = torch.from_numpy(drawn - samples[:, None]).double().flatten(2)
            response, error = linear_response(block, causes)
        blocks.append((values, vectors, response, error))
    return [torch.cat(parts) for parts in zip(*blocks, strict=True)]


def estimate_geometry(samples, activations, output, name, settings, neighbours, seed, provenance):
    """Write geometry.zarr; ``settings`` is the experiment's section ``geometry``."""
    recorded = store.open_store(activations, "activations")
    drawn = store.open_store(samples, "samples")
    store.require_parents(recorded, samples=drawn.digest)
    sigma = neighbours["delta"] / 4
    with about(f"network {name!r}"):
        if settings["source"] == "jacobian":
            values, vectors, response, error = _from_jacobians(recorded, sigma)
        else:
            values, vectors, response, error = _from_neighbours(
                recorded, drawn["fit/inputs"], neighbours, seed, settings["rank"]
            )
        asked = settings["rank"]
        rank = choose_rank(response, error) if asked == "auto" else min(asked, values.shape[1])
    parents = {**recorded.parents, "activations": recorded.digest}
    with store.create(output, "geometry", parents=parents, provenance=provenance) as writer:
        writer.array("spectrum", values, ["sample", "direction"])
        frames = whitening(values, vectors, rank, settings["ridge"])
        writer.array("whitening", frames, ["sample", "neuron", "kept_direction"])
        facts = {"rank": rank, "rank_rule": asked, "source": settings["source"], "sigma": sigma}
        writer.attributes |= {**facts, "ridge": settings["ridge"]}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        estimate_geometry(
            snakemake.input.samples,
            snakemake.input.activations,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.settings,
            snakemake.params.neighbours,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

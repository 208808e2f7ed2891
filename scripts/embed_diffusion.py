"""Embed the samples of one network by a diffusion map with a Mahalanobis-like metric.

A Snakemake script for the native engine; a program for datafold's, which has to run in an
interpreter of its own (see the rules).
"""

import json
import logging
import sys

import torch

from sametask import store
from sametask.bandwidth import choose_neighbour
from sametask.diffusion import embed, euclidean_coordinates, leading_eigenpairs
from sametask.errors import DataError, about
from sametask.geometry import completion, mahalanobis_distances
from sametask.job import job
from sametask.provenance import provenance as origin
from sametask.slices import sample_groups


def _datafold(activations, whitening, sigma):
    """Return datafold in the place of ``leading_eigenpairs``; it has distances of its own."""
    from sametask.datafold_engine import datafold_eigenpairs

    inverses = [array.numpy() for array in completion(torch.from_numpy(whitening))]

    def solve(_, bandwidth, count):
        found = datafold_eigenpairs(activations, *inverses, sigma, bandwidth, count + 1)
        values, vectors = (torch.from_numpy(array.copy()) for array in found)
        return values[1:], vectors[:, 1:]

    return solve


def _euclidean(samples, settings):
    """Return the coordinates of the ablation, or none: the rest of the run can do without."""
    try:
        return euclidean_coordinates(samples, **settings)
    except DataError as error:
        logging.warning("no Euclidean coordinates: %s", error)


def embed_diffusion(activations, geometry, output, name, engine, settings, provenance):
    """Write diffusion.zarr: eigenpairs, bandwidth, selection, and Euclidean coordinates beside."""
    recorded = store.open_store(activations, "activations")
    local = store.open_store(geometry, "geometry")
    store.require_parents(local, activations=recorded.digest)
    samples, whitening = recorded["fit/samples"].astype(float), local["whitening"]
    sigma = local.attributes["sigma"]
    solve = _datafold(samples, whitening, sigma) if engine == "datafold" else leading_eigenpairs
    neighbour = choose_neighbour(settings["neighbour"], local.attributes["rank"], len(samples))
    settings = {**settings, "neighbour": neighbour}
    with about(f"network {name!r}"):
        tensors = torch.from_numpy(samples), torch.from_numpy(whitening)
        embedding = embed(mahalanobis_distances(*tensors, sigma), **settings, solve=solve)
    # As many as under the other metric, however these were counted: the ablation is of the metric.
    kept = embedding.eigenvectors.shape[1]
    euclidean = _euclidean(tensors[0], {**settings, "coordinates": kept})
    parents = {**local.parents, "geometry": local.digest}
    with store.create(output, "diffusion", parents=parents, provenance=provenance) as writer:
        writer.array("eigenvalues", embedding.eigenvalues, ["coordinate"])
        writer.array("eigenvectors", embedding.eigenvectors, ["sample", "coordinate"])
        if euclidean is not None:
            writer.array("euclidean/eigenvectors", euclidean, ["sample", "euclidean_coordinate"])
        if (groups := sample_groups(recorded, "fit")) is not None:
            writer.array("samples", groups, ["sample"])
        writer.attributes |= {"engine": engine, **embedding.facts}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        embed_diffusion(
            snakemake.input.activations,
            snakemake.input.geometry,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            "native",
            snakemake.params.settings,
            origin(snakemake.rule, snakemake.params),
        )
elif __name__ == "__main__":
    arguments, log, threads = sys.argv[1:]
    with job(log, int(threads)):
        embed_diffusion(**json.loads(arguments))

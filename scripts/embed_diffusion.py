"""Embed the samples of one network by a diffusion map with a Mahalanobis-like metric.

A Snakemake script for the native engine; a program for datafold's, which has to run in an
interpreter of its own (see the rules).
"""

import json
import logging
import sys

import torch

from sametask.activations.slices import sample_groups
from sametask.base.errors import DataError, about
from sametask.diffusion.bandwidth import choose_neighbour
from sametask.diffusion.datafold_solver import datafold_solver
from sametask.diffusion.embedding import embed, euclidean_coordinates
from sametask.diffusion.kernel import leading_eigenpairs
from sametask.geometry.metric import mahalanobis_distances
from sametask.jobs.job import job, warn
from sametask.storage import store
from sametask.storage.provenance import provenance as origin

AXES = {
    "eigenvalues": ["coordinate"],
    "eigenvectors": ["sample", "coordinate"],
    "euclidean/eigenvectors": ["sample", "euclidean_coordinate"],
    "samples": ["sample"],
}


def _euclidean(samples, settings):
    """Return the coordinates of the ablation, or none: the rest of the run can do without."""
    try:
        return euclidean_coordinates(samples, **settings)
    except DataError as error:
        logging.warning("no Euclidean coordinates: %s", error)


def _embed(recorded, local, engine, settings):
    """Return the arrays and the facts of a network's diffusion map."""
    samples, whitening = recorded["fit/samples"].astype(float), local["whitening"]
    sigma = local.attributes["sigma"]
    datafold = engine == "datafold"
    solve = datafold_solver(samples, whitening, sigma) if datafold else leading_eigenpairs
    neighbour = choose_neighbour(settings["neighbour"], local.attributes["rank"], len(samples))
    settings = {**settings, "neighbour": neighbour}
    tensors = torch.from_numpy(samples), torch.from_numpy(whitening)
    embedding = embed(mahalanobis_distances(*tensors, sigma), **settings, solve=solve)
    arrays = {"eigenvalues": embedding.eigenvalues, "eigenvectors": embedding.eigenvectors}
    # As many as under the other metric, however these were counted: the ablation is of the metric.
    kept = embedding.eigenvectors.shape[1]
    euclidean = _euclidean(tensors[0], {**settings, "coordinates": kept})
    if euclidean is not None:
        arrays["euclidean/eigenvectors"] = euclidean
    if (groups := sample_groups(recorded, "fit")) is not None:
        arrays["samples"] = groups
    return arrays, embedding.facts


def _embedded(recorded, local, name, engine, settings):
    """Return the same, or no arrays and why: all but the coordinates can do without."""
    if local.failed:
        return {}, {"failed": local.failed}
    try:
        with about(f"network {name!r}"):
            return _embed(recorded, local, engine, settings)
    except DataError as error:
        warn(f"no diffusion map: {error}")
        return {}, {"failed": str(error)}


def embed_diffusion(activations, geometry, output, name, engine, settings, provenance):
    """Write diffusion.zarr: eigenpairs, bandwidth, selection, and Euclidean coordinates beside."""
    recorded = store.open_store(activations, "activations")
    local = store.open_store(geometry, "geometry")
    store.require_parents(local, activations=recorded.digest)
    arrays, facts = _embedded(recorded, local, name, engine, settings)
    parents = {**local.parents, "geometry": local.digest}
    with store.create(output, "diffusion", parents=parents, provenance=provenance) as writer:
        for array, values in arrays.items():
            writer.array(array, values, AXES[array])
        writer.attributes |= {"engine": engine, **facts}


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

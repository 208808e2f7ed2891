"""Embed the samples of one network by a diffusion map with a Mahalanobis-like metric.

A Snakemake script for the native engine, and a program for the engine datafold, which needs its own
interpreter (see the rules).
"""

import json
import sys
from collections.abc import Mapping
from functools import partial
from typing import Any

from sametask.diffusion.network_embedding import embed_network
from sametask.jobs.job import attempt, job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import open_related

AXES = {
    "eigenvalues": ["coordinate"],
    "eigenvectors": ["sample", "coordinate"],
    "euclidean/eigenvectors": ["sample", "euclidean_coordinate"],
    "samples": ["sample"],
}


def embed_diffusion(
    activations: str,
    geometry: str,
    output: str,
    name: str,
    engine: str,
    settings: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> None:
    """Write diffusion.zarr: eigenpairs, bandwidth, selection, and Euclidean coordinates."""
    recorded, local = open_related({"activations": activations, "geometry": geometry}).values()
    if local.failed:
        arrays, facts = {}, {"failed": local.failed}
    else:
        embed = partial(embed_network, recorded, local, engine, **settings)
        arrays, facts = attempt("diffusion map", name, embed)
    parents = {**local.parents, "geometry": local.digest}
    with store.create(output, "diffusion", parents=parents, provenance=provenance) as writer:
        for array, values in arrays.items():
            writer.array(array, values, AXES[array])
        writer.attributes |= {"engine": engine, **facts}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, name = snakemake.input, snakemake.wildcards.network.split("/")[1]
        settings, made_by = snakemake.params.settings, origin(snakemake.rule, snakemake.params)
        stores = given.activations, given.geometry, snakemake.output[0]
        embed_diffusion(*stores, name, "native", settings, made_by)
elif __name__ == "__main__":
    arguments, log, threads = sys.argv[1:]
    with job(log, int(threads)):
        embed_diffusion(**json.loads(arguments))

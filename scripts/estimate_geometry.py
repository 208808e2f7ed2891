"""Estimate the local inverse covariance of a network's activations around every sample."""

import torch

from sametask import store
from sametask.errors import about
from sametask.geometry import choose_rank, covariance_spectrum, jacobian_spectrum, whitening
from sametask.job import job
from sametask.progress import progress
from sametask.provenance import provenance as origin


def _spectra(activations, source, sigma):
    """Eigenvalues and eigenvectors of every local covariance, read block by block."""
    array = activations.lazy({"jacobian": "fit/jacobians", "neighbours": "fit/neighbours"}[source])
    rows = store.rows_per_shard(array.shape, array.dtype)
    blocks = []
    for start in progress(range(0, array.shape[0], rows), "blocks of samples"):
        block = torch.from_numpy(array[start : start + rows]).double()
        if source == "jacobian":
            blocks.append(jacobian_spectrum(block, sigma))
        else:
            blocks.append(covariance_spectrum(block))
    values, vectors = zip(*blocks, strict=True)
    return torch.cat(values), torch.cat(vectors)


def estimate_geometry(activations, output, name, source, rank, delta, dimension, provenance):
    """Write geometry.zarr; ``rank`` is a number or ``auto``, at most the input ``dimension``."""
    recorded = store.open_store(activations, "activations")
    with about(f"network {name!r}"):
        values, vectors = _spectra(recorded, source, delta / 4)
        limit = min(dimension, values.shape[1])
        chosen = choose_rank(values, limit) if rank == "auto" else min(rank, values.shape[1])
    parents = {**recorded.parents, "activations": recorded.digest}
    with store.create(output, "geometry", parents=parents, provenance=provenance) as writer:
        writer.array("spectrum", values, ["sample", "direction"])
        whitened = whitening(values, vectors, chosen)
        writer.array("whitening", whitened, ["sample", "neuron", "kept_direction"])
        writer.attributes |= {
            "rank": chosen,
            "rank_rule": rank,
            "source": source,
            "sigma": delta / 4,
        }


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        samples = store.open_store(snakemake.input.samples, "samples")
        estimate_geometry(
            snakemake.input.activations,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.source,
            snakemake.params.rank,
            snakemake.params.delta,
            samples.attributes["input_dimension"],
            origin(snakemake.rule, snakemake.params),
        )

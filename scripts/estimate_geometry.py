"""Estimate the local inverse covariance of a network's activations around every sample."""

from functools import partial

import torch

from sametask.activations.slices import sample_numbers
from sametask.activations.stored import read_perturbed
from sametask.base.errors import DataError, about
from sametask.base.progress import progress
from sametask.geometry.covariance import (
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    response_slopes,
)
from sametask.geometry.metric import whitening
from sametask.geometry.rank import choose_rank
from sametask.inputs import perturb
from sametask.jobs.job import job, warn
from sametask.storage import store
from sametask.storage.chunks import rows_per_shard
from sametask.storage.provenance import provenance as origin


def _exact(values):
    """The error of eigenvalues that have none."""
    return torch.zeros(len(values), dtype=values.dtype)


def _from_jacobians(recorded, part, sigma):
    """Spectrum of every local covariance; its response is the spectrum itself, without error."""
    jacobians = torch.from_numpy(recorded[f"{part}/jacobians"]).double()
    values, vectors = jacobian_spectrum(jacobians, sigma)
    return values, vectors, values, _exact(values)


def _perturbations(inputs, numbers, perturbations, seed, part):
    """What was added (n, M, d) to the samples of these numbers."""
    drawn = perturb(inputs[numbers], numbers, **perturbations, seed=seed, part=part)
    return torch.from_numpy(drawn - inputs[numbers][:, None]).double().flatten(2)


def _blocks(recorded, part, inputs, perturbations, seed):
    """Activations (n, M, m) of neighbourhoods, and a way to the perturbations behind them."""
    array, numbers = read_perturbed(recorded, part), sample_numbers(recorded, part)
    # A block's activations are in memory, and the inputs of its perturbations.
    drawn_shape = (*array.shape[:2], inputs[0].size)
    rows = min(rows_per_shard(shape, float) for shape in (array.shape, drawn_shape))
    for start in progress(range(0, len(numbers), rows), "blocks of samples"):
        part_of = slice(start, start + rows)
        causes = partial(_perturbations, inputs, numbers[part_of], perturbations, seed, part)
        yield torch.from_numpy(array[part_of]), causes


def _of_covariance(activations, _):
    """Spectrum of sampled covariances, which stands in for the linear response."""
    values, vectors = covariance_spectrum(activations)
    return values, vectors, values, _exact(values)


def _of_covariance_and_response(activations, causes):
    """The same and the linear response itself, which tells curvature from a direction."""
    return *covariance_spectrum(activations), *linear_response(activations, causes())


def _of_response(activations, causes, sigma):
    """Spectrum of the linear response alone, without what a covariance has from sampling."""
    slopes, error = response_slopes(activations, causes())
    values, vectors = jacobian_spectrum(slopes, sigma)
    return values, vectors, values, error


def _kept(values, vectors, response, error, rank):
    """The same with no more eigenvectors than are asked for: all of many neurons fill memory."""
    if rank != "auto":
        vectors = vectors[:, :, :rank].contiguous()
    return values, vectors, response, error


def _spectrum(recorded, drawn, part, source, perturbations, seed, rank):
    """Eigenvalues and eigenvectors around every sample, its linear response and that one's error.

    The response is only needed to find a rank, and only a regression on more perturbations than
    input axes can find it.
    """
    sigma, inputs = perturbations["delta"] / 4, drawn[f"{part}/inputs"]
    if source == "jacobian":
        return _from_jacobians(recorded, part, sigma)
    if source == "response":
        estimate = partial(_of_response, sigma=sigma)
    elif rank == "auto" and perturbations["count"] > inputs[0].size + 1:
        estimate = _of_covariance_and_response
    else:
        estimate = _of_covariance
    blocks = _blocks(recorded, part, inputs, perturbations, seed)
    found = [_kept(*estimate(*block), rank) for block in blocks]
    return [torch.cat(parts) for parts in zip(*found, strict=True)]


def _estimate(estimate, drawn, asked, ridge):
    """Return the arrays and the rank of a network's geometry."""
    values, vectors, response, error = estimate("fit", rank=asked)
    rank = choose_rank(response, error) if asked == "auto" else min(asked, values.shape[1])
    arrays = {"spectrum": values, "whitening": whitening(values, vectors, rank, ridge)}
    if "pool/inputs" in drawn:
        around = estimate("pool", rank=rank)[:2]
        arrays["pool/whitening"] = whitening(*around, rank, ridge, typical=values)
    return arrays, {"rank": rank}


def _estimated(name, *settings):
    """Return the same, or no arrays and why: all but distances and coordinates can do without."""
    try:
        with about(f"network {name!r}"):
            return _estimate(*settings)
    except DataError as error:
        warn(f"no local geometry: {error}")
        return {}, {"failed": str(error)}


def estimate_geometry(
    samples, activations, output, name, settings, perturbations, seed, provenance
):
    """Write geometry.zarr; ``settings`` is the experiment's section ``geometry``."""
    recorded = store.open_store(activations, "activations")
    drawn = store.open_store(samples, "samples")
    store.require_parents(recorded, samples=drawn.digest)
    asked, source, ridge = (settings[key] for key in ("rank", "source", "ridge"))
    estimate = partial(
        _spectrum, recorded, drawn, source=source, perturbations=perturbations, seed=seed
    )
    arrays, facts = _estimated(name, estimate, drawn, asked, ridge)
    parents = {**recorded.parents, "activations": recorded.digest}
    facts |= {"rank_rule": asked, "source": source, "ridge": ridge}
    with store.create(output, "geometry", parents=parents, provenance=provenance) as writer:
        for place, values in arrays.items():
            axes = ["direction"] if place == "spectrum" else ["neuron", "kept_direction"]
            writer.array(place, values, ["sample", *axes])
        writer.attributes |= {**facts, "sigma": perturbations["delta"] / 4}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        estimate_geometry(
            snakemake.input.samples,
            snakemake.input.activations,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.settings,
            snakemake.params.perturbations,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

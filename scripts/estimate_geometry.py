"""Estimate the local inverse covariance of a network's activations around every sample."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sametask.config.sections.sample_sections import Perturbations
from sametask.geometry.local import local_geometry
from sametask.inputs.perturbations import DrawnPerturbations
from sametask.jobs.job import attempt, job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import open_related

AXES = {
    "spectrum": ["sample", "direction"],
    "whitening": ["sample", "neuron", "kept_direction"],
    "pool/whitening": ["sample", "neuron", "kept_direction"],
}


def estimate_geometry(
    samples: str,
    activations: str,
    output: str,
    name: str,
    settings: Mapping[str, Any],
    perturbations: Perturbations,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write geometry.zarr; ``settings`` is the experiment's section ``geometry``."""
    stores = open_related({"samples": samples, "activations": activations})
    recorded, drawn = stores["activations"], stores["samples"]
    around = DrawnPerturbations(perturbations, seed)
    estimate = partial(local_geometry, recorded, drawn, around, **settings)
    arrays, facts = attempt("local geometry", name, estimate)
    rules = {f"{key}_rule": settings[key] for key in ("rank", "ridge")}
    facts |= {**rules, "source": settings["source"], "sigma": around.sigma}
    parents = {**recorded.parents, "activations": recorded.digest}
    with store.create(output, "geometry", parents=parents, provenance=provenance) as writer:
        for array, values in arrays.items():
            writer.array(array, values, AXES[array])
        writer.attributes |= {**facts, "perturbations": perturbations.plain()}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        estimate_geometry(
            snakemake.input.samples,
            snakemake.input.activations,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.settings,
            Perturbations(**snakemake.params.perturbations),
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

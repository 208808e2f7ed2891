"""Bring the units of all networks of a population into canonical order."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.populations.stored import CHECKPOINT, StoredPopulation
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.weights.canonical import canonical


def align_weights(path: str, output: str, provenance: Mapping[str, Any]) -> None:
    """Write aligned.zarr: weights in canonical order, and how they came there."""
    population = StoredPopulation.read(path)
    found = canonical(population)
    parents = {"population": population.store.digest}
    with store.create(output, "aligned", parents=parents, provenance=provenance) as writer:
        writer.array("template", found.template, ["weight"])
        writer.array("weights", found.weights, [*CHECKPOINT, "weight"])
        for depth, (order, sign) in enumerate(zip(found.orders, found.signs, strict=True)):
            writer.array(f"orders/{depth}", order, [*CHECKPOINT, "unit"])
            writer.array(f"signs/{depth}", sign, [*CHECKPOINT, "unit"])


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        align_weights(
            snakemake.input.population,
            snakemake.output[0],
            origin(snakemake.rule, snakemake.params),
        )

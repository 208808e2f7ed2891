"""Place the networks of a population in the plane, by their weights or by statistics of them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sametask.jobs.job import job
from sametask.populations.stored import StoredPopulation
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import require_related
from sametask.storage.store import open_store
from sametask.weights.statistics import chosen
from sametask.weights.views import view


def view_population(
    paths: Mapping[str, str],
    output: str,
    space: str,
    variant: str,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write views/{space}.zarr: the place of some checkpoints in the plane."""
    stores = {kind: open_store(path, kind) for kind, path in paths.items()}
    require_related(stores)
    population = StoredPopulation(stores["population"])
    seen = population.weights
    if space != "weights":
        seen = chosen(stores["statistics"][space], variant)
    placed = view(seen, population, seed)
    parents = {kind: one.digest for kind, one in stores.items()}
    with store.create(output, "view", parents=parents, provenance=provenance) as writer:
        for name, values in asdict(placed).items():
            writer.array(name, values, ["row"])


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        view_population(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.wildcards.space,
            snakemake.params.statistics,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

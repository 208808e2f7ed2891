"""Place the networks of a population in the plane, by their weights or by statistics of them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.weights.seen import Seen
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
    seen = Seen.read(paths, variant)
    placed = view(seen.of(space), seen.population, seed)
    with store.create(output, "view", parents=seen.parents, provenance=provenance) as writer:
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

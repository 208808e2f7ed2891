"""Draw the rows that the networks of an ensemble learn from, and those that are held out."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.neurons.data.draw import draw
from sametask.neurons.data.rows import KIND
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def draw_ensemble_data(
    output: str, settings: Mapping[str, Any], provenance: Mapping[str, Any]
) -> None:
    """Write data.zarr: inputs, what is wanted of them, and which rows are held out."""
    rows = draw(settings)
    with store.create(output, KIND, provenance=provenance) as writer:
        rows.write(writer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        draw_ensemble_data(
            snakemake.output[0],
            snakemake.params.settings,
            origin(snakemake.rule, snakemake.params),
        )

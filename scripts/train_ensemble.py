"""Train the networks of an ensemble by one scheme."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.ensemble_section import Ensemble, Scheme
from sametask.jobs.job import job
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import KIND
from sametask.neurons.training import train
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def train_ensemble(
    path: str, output: str, settings: Ensemble, scheme: Scheme, provenance: Mapping[str, Any]
) -> None:
    """Write ensemble.zarr: weights, losses, the rows that were learned, quality on others."""
    trained = train(Rows.read(path), settings, scheme)
    parents = {"data": store.open_store(path, "ensemble data").digest}
    with store.create(output, KIND, parents=parents, provenance=provenance) as writer:
        trained.write(writer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        train_ensemble(
            snakemake.input.data,
            snakemake.output[0],
            Ensemble(**snakemake.params.settings),
            snakemake.wildcards.scheme,
            origin(snakemake.rule, snakemake.params),
        )

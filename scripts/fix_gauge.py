"""Bring the hidden units of all networks of an ensemble into correspondence."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.neurons_section import Gauge
from sametask.jobs.job import job
from sametask.neurons.gauge import fix
from sametask.neurons.members import KIND, Members
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def fix_gauge(
    path: str, output: str, gauge: Gauge, layer: int, provenance: Mapping[str, Any]
) -> None:
    """Write gauges/{gauge}.zarr: the networks in one gauge, and the identity of their neurons."""
    fixed = fix(Members.read(path), gauge, layer)
    ensemble = store.open_store(path, KIND)
    parents = {"ensemble": ensemble.digest, **ensemble.parents}
    with store.create(output, KIND, parents=parents, provenance=provenance) as writer:
        fixed.write(writer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        fix_gauge(
            snakemake.input.ensemble,
            snakemake.output[0],
            snakemake.wildcards.gauge,
            snakemake.params.layer,
            origin(snakemake.rule, snakemake.params),
        )

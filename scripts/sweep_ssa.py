"""Take a series apart into terms of its windows, for many windows and numbers of terms."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sametask.config.sections.ssa_section import Ssa
from sametask.jobs.job import job
from sametask.neurons.data.rows import KIND, Rows
from sametask.neurons.ssa import AXES, noise_mse, sweep
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def sweep_ssa(data: str, output: str, settings: Ssa, provenance: Mapping[str, Any]) -> None:
    """Write ssa.zarr: errors by window and rank, eigenvalues, and a reconstruction."""
    rows = Rows.read(data)
    found = sweep(rows, settings.all_windows(), settings.all_ranks(), settings.terms)
    parents = {"data": store.open_store(data, KIND).digest}
    with store.create(output, "ssa", parents=parents, provenance=provenance) as writer:
        for name, values in asdict(found).items():
            writer.array(name, values, AXES[name])
        against = "series" if rows.clean is None else "clean"
        writer.attributes |= {"noise_mse": noise_mse(rows), "against": against}
        writer.attributes["terms"] = settings.terms


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        sweep_ssa(
            snakemake.input.data,
            snakemake.output[0],
            Ssa(**snakemake.params.settings),
            origin(snakemake.rule, snakemake.params),
        )

"""Cut recorded sequences into slices of equidistant steps; each slice is a sample."""

from collections.abc import Mapping
from os.path import relpath
from pathlib import Path
from typing import Any

from sametask.activations.cutting import AXES, cut_sequences
from sametask.base.errors import about
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def slice_sequences(
    sequences: str,
    output: str,
    name: str,
    positions: Mapping[str, Any],
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write activations.zarr of slices; ``positions`` is the section of the experiment."""
    recorded = store.open_store(sequences, "activations")
    with about(f"network {name!r}"):
        sizes = positions["per_sample"], positions["samples"]
        arrays, facts = cut_sequences(recorded, *sizes, seed, positions["context"])
    parents = {**recorded.parents, "sequences": recorded.digest}
    with store.create(output, "activations", parents=parents, provenance=provenance) as writer:
        for array, values in arrays.items():
            writer.array(array, values, AXES[array.split("/")[1]])
        writer.attributes |= {**facts, "sequences": relpath(sequences, Path(output).parent)}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        slice_sequences(
            snakemake.input.sequences,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.positions,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

"""Cut recorded sequences into slices of equidistant steps; each slice is a sample."""

from collections.abc import Mapping, Sequence
from os.path import relpath
from pathlib import Path
from typing import Any

from sametask.activations.cutting import AXES, cut_sequences, paired_samples
from sametask.activations.slices import describe_unpaired
from sametask.base.errors import about
from sametask.jobs.job import job, warn
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def slice_sequences(
    sequences: str,
    others: Sequence[str],
    output: str,
    name: str,
    positions: Mapping[str, Any],
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write activations.zarr of slices; ``positions`` is the section of the experiment.

    Fit samples with other numbers of positions in the sequences of ``others`` are left out.
    """
    recorded = store.open_store(sequences, "activations")
    paired = paired_samples(recorded, [store.open_store(path, "activations") for path in others])
    with about(f"network {name!r}"):
        sizes = positions["per_sample"], positions["samples"]
        arrays, facts = cut_sequences(recorded, *sizes, seed, positions["context"], paired)
    if "unpaired" in facts:
        warn(f"network {name!r}: {describe_unpaired(facts)}")
    parents = {**recorded.parents, "sequences": recorded.digest}
    with store.create(output, "activations", parents=parents, provenance=provenance) as writer:
        for array, values in arrays.items():
            writer.array(array, values, AXES[array.split("/")[1]])
        writer.attributes |= {**facts, "sequences": relpath(sequences, Path(output).parent)}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        slice_sequences(
            snakemake.input.sequences,
            snakemake.input.others,
            snakemake.output[0],
            snakemake.wildcards.network.split("/")[1],
            snakemake.params.positions,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

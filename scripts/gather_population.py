"""Put the networks of all jobs together: one store of a whole population."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.populations.members import facts
from sametask.populations.stored import CHECKPOINT, FIGURES
from sametask.storage import store
from sametask.storage.chunks import Streamed
from sametask.storage.provenance import provenance as origin
from sametask.storage.store import Store, open_store


def _streamed(parts: Sequence[Store], name: str) -> Streamed:
    """Return an array of all blocks, one block in memory at a time."""
    first = parts[0][name]
    count = sum(len(part["number"]) for part in parts)
    blocks: Iterator[np.ndarray] = (part[name] for part in parts)
    return Streamed((count, *first.shape[1:]), first.dtype, blocks)


def gather_population(
    paths: Sequence[str], output: str, settings: Population, provenance: Mapping[str, Any]
) -> None:
    """Write population.zarr: what all blocks have, and what is known of every network."""
    parts = [open_store(path, "block") for path in paths]
    parents = {f"block_{number}": part.digest for number, part in enumerate(parts)}
    with store.create(output, "population", parents=parents, provenance=provenance) as writer:
        writer.array("weights", _streamed(parts, "weights"), [*CHECKPOINT, "weight"])
        for name in ("present", *FIGURES):
            writer.array(name, _streamed(parts, name), CHECKPOINT)
        facts(settings).write(writer)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        gather_population(
            snakemake.input,
            snakemake.output[0],
            Population(**snakemake.params.settings),
            origin(snakemake.rule, snakemake.params),
        )

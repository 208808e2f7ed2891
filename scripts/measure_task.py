"""Measure whether two networks learned the same task: simple maps from few shared samples."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.stage_sections import Verdict
from sametask.jobs.job import job
from sametask.networks import load, weights_digest
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of
from sametask.verdict.task.stored_pair import measure_stored
from sametask.verdict.task.summary import arrays

AXES = ["number", "choice"]


def measure_task(
    paths: Mapping[str, str],
    folders: Mapping[str, str],
    networks: Mapping[str, Mapping[str, Any]],
    output: str,
    target_input: str,
    settings: Verdict,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write task.zarr.

    ``paths`` are the paths of stores by role. ``folders`` are those of networks and their copies:
    ``network_a``, ``untrained_a``, ``reference_a``. ``networks`` has how each side is built.
    """
    weights = {f"network_{side}": weights_digest(folders[f"network_{side}"]) for side in networks}
    stores = open_related(paths, weights)
    loaded = {
        role: load(folder, **networks[role[-1]]["built"], dtype=networks[role[-1]]["dtype"])
        for role, folder in folders.items()
    }
    evidence, facts = measure_stored(loaded, stores, networks, target_input, settings, seed)
    parents = parents_of("task", stores)
    with store.create(output, "task", parents=parents, provenance=provenance) as writer:
        for name, values in arrays(evidence):
            writer.array(name, values, AXES)
        writer.attributes |= facts


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, params = snakemake.input, snakemake.params
        measure_task(
            of_kinds(given, "samples", "activations"),
            of_kinds(given, "network", "untrained", "reference"),
            params.networks,
            snakemake.output[0],
            params.target_input,
            Verdict(**params.settings),
            params.seed,
            origin(snakemake.rule, params),
        )

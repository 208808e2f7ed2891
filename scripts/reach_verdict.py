"""Decide the relation between two layers from held-out samples, and compare with controls."""

from collections.abc import Mapping, Sequence
from typing import Any

from sametask.config.sections.stage_sections import Verdict
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of
from sametask.verdict.layers.statement import state
from sametask.verdict.layers.stored_layers import reach_stored
from sametask.verdict.task.statement import state as state_task
from sametask.verdict.task.ways import words_of

AXES = {
    "local_correlations": ["sample", "direction"],
    "null_residuals": ["shuffle"],
    "bootstrap": ["resample"],
    "outside": ["test_sample"],
    "spectrum": ["direction"],
}


def reach_verdict(
    paths: Mapping[str, str],
    evaluation: str,
    outputs: Sequence[str],
    settings: Verdict,
    shuffles: int,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write verdict.zarr and verdict.json.

    ``paths`` are those of stores by role, as ``reach_stored`` takes them, and ``evaluation`` that
    of evaluation.json.
    """
    stores, facts = open_related(paths), store.read_json(evaluation)
    verdict, arrays = reach_stored(stores, facts, settings, shuffles, seed)
    answers = {side: stores[f"activations_{side}"]["test/outputs"] for side in ("a", "b")}
    layers = state(verdict, facts, answers, settings)
    words = words_of(stores["activations_a"].attributes)
    task = state_task(stores["task"].attributes, layers["networks"], words)
    store.write_json(outputs[1], {**layers, "task": task})
    parents = parents_of("verdict", stores)
    with store.create(outputs[0], "verdict", parents=parents, provenance=provenance) as writer:
        for name, values in arrays.items():
            writer.array(name, values, AXES[name.partition("/")[0]])
        writer.attributes["relation"] = verdict["relation"]


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, params = snakemake.input, snakemake.params
        reach_verdict(
            of_kinds(given, "activations", "evaluation", "task"),
            given.facts,
            snakemake.output,
            Verdict(**params.settings),
            params.shuffles,
            params.seed,
            origin(snakemake.rule, params),
        )

"""Decide how two layers relate, from held-out evidence and beside controls."""

import torch

from sametask.activations.layout import Layout
from sametask.base.relations import DIRECTIONS
from sametask.config.stage_sections import Verdict
from sametask.jobs.job import job
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.verdict.reach import Mapped, reach
from sametask.verdict.statement import state
from sametask.verdict.stored_layers import read_layer

AXES = {
    "local_correlations": ["sample", "direction"],
    "null_residuals": ["shuffle"],
    "bootstrap": ["resample"],
    "outside": ["test_sample"],
    "spectrum": ["direction"],
}


def _open(paths, samples=None):
    """Open activations by side. Rows are paired by position: all must have seen one sample set."""
    opened = {side: store.open_store(path, "activations") for side, path in paths.items()}
    for one in opened.values():
        store.require_parents(one, samples=samples or opened["a"].parents["samples"])
    return opened


def _layers(opened):
    return {side: read_layer(one) for side, one in opened.items()}


def _mapped(evaluation, facts, opened):
    """Return what the intrinsic route made of the held-out samples; ``None`` without the route."""
    if "intrinsic" not in facts["maps"]:
        return None
    read = {
        name: torch.from_numpy(evaluation[f"intrinsic/{name}"])
        for name in ("a_to_b/rotation", "b_to_a/encoder", "a_to_b/layers", "b_to_a/layers")
    }
    predicted = {
        direction: Layout.from_plain(opened[target].attributes["layout"]).measure(
            read[f"{direction}/layers"]
        )
        for direction, (_, target) in DIRECTIONS.items()
    }
    return Mapped(read["a_to_b/rotation"], read["b_to_a/encoder"], predicted, facts["round_trip"])


def reach_verdict(pair, others, evaluation, outputs, settings, shuffles, seed, provenance):
    """Write verdict.zarr and verdict.json; ``pair`` are paths of activations by side.

    ``others`` has such paths for each control and the sides that it replaces, ``evaluation`` are
    the two files of ``evaluate_transformation``.
    """
    opened = _open(pair)
    samples = opened["a"].parents["samples"]
    others = {name: _layers(_open(sides, samples)) for name, sides in others.items()}
    judged, facts = store.open_store(evaluation[0], "evaluation"), store.read_json(evaluation[1])
    digests = {side: one.digest for side, one in opened.items()}
    store.require_parents(judged, samples=samples, **digests)
    mapped = _mapped(judged, facts, opened)
    verdict, arrays = reach(_layers(opened), others, mapped, settings, shuffles, seed)
    outputs_of = {side: one["test/outputs"] for side, one in opened.items()}
    store.write_json(outputs[1], state(verdict, facts, outputs_of, settings))
    parents = {**digests, "evaluation": judged.digest}
    with store.create(outputs[0], "verdict", parents=parents, provenance=provenance) as writer:
        for name, values in arrays.items():
            writer.array(name, values, AXES[name.partition("/")[0]])
        writer.attributes["relation"] = verdict["relation"]


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, params = snakemake.input, snakemake.params
        others = {"untrained": {side: given[f"untrained_{side}"] for side in ("a", "b")}}
        for path in given.different_task:
            others["different_task"] = {"a": path, "b": path}
        reach_verdict(
            {side: given[f"activations_{side}"] for side in ("a", "b")},
            others,
            (given.evaluation, given.facts),
            snakemake.output,
            Verdict(**params.settings),
            params.shuffles,
            params.seed,
            origin(snakemake.rule, params),
        )

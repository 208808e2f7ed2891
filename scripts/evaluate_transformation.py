"""Measure every map between two networks on held-out samples."""

from collections.abc import Mapping, Sequence
from typing import Any

from sametask.evaluation.stored_pairs import Trained, judge_pair
from sametask.jobs.job import job
from sametask.networks import load, weights_digest
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of

# Facts on the fitted maps that are repeated in evaluation.json.
COPIED = ("default", "validation", "left_out")


def evaluate_transformation(
    paths: Mapping[str, str],
    folders: Mapping[str, str],
    networks: Mapping[str, Mapping[str, Any]],
    outputs: Sequence[str],
    target_input: str,
    facts: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> None:
    """Write evaluation.zarr and evaluation.json.

    ``paths`` are the paths of stores by role, ``folders`` those of both networks by side.
    ``networks`` has how each is built and read: ``built``, ``dtype``, ``own_target``,
    ``transcript``, ``batch``.
    """
    weights = {f"network_{side}": weights_digest(folder) for side, folder in folders.items()}
    stores = open_related(paths, weights)
    trained = {
        side: Trained(
            load(folders[side], **how["built"], dtype=how["dtype"]),
            how["own_target"],
            how["transcript"],
            how["batch"],
        )
        for side, how in networks.items()
    }
    pair = judge_pair(stores, trained, target_input, facts.get("metric"))
    parents = parents_of("evaluation", stores)
    with store.create(outputs[0], "evaluation", parents=parents, provenance=provenance) as writer:
        for name, values in pair.arrays():
            writer.array(name, values, ["sample"])
    fitted, aligned = stores["transformation"].attributes, dict(stores["alignment"].attributes)
    drawn = stores["samples"].attributes
    summary = {**pair.facts(), "alignment": aligned}
    summary |= {key: fitted[key] for key in COPIED if key in fitted}
    fit = stores["activations_a"].lazy("fit/samples").shape[0]
    sizes = {"fit": fit, "test": len(pair.held["a"].outputs), "inputs": drawn["input_dimension"]}
    samples = {"samples": {**sizes, **facts["samples"]}}
    store.write_json(outputs[1], {**facts, **summary, **samples})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, params = snakemake.input, snakemake.params
        evaluate_transformation(
            of_kinds(given, "samples", "activations", "alignment", "transformation"),
            {side: given[f"network_{side}"] for side in ("a", "b")},
            params.networks,
            snakemake.output,
            params.target_input,
            params.facts,
            origin(snakemake.rule, params),
        )

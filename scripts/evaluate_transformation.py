"""Judge every map between two networks on the held-out samples."""

import torch

from sametask.activations.extract import to_network
from sametask.base.relations import DIRECTIONS
from sametask.evaluation.judged_maps import (
    Held,
    describe_network,
    judge_all,
    round_trip,
    share_targets,
)
from sametask.inputs import evaluate_target
from sametask.jobs.job import job
from sametask.maps.transformation import Transformation
from sametask.networks import load, weights_digest
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def _hold(drawn, target_input, folder, activations, built, dtype, target):
    """Return a network on the test samples, refusing activations of other weights.

    Its targets are those of the samples, unless it has a task of its own or reconstructs what it
    was given.
    """
    recorded = store.open_store(activations, "activations")
    store.require_parents(recorded, network=weights_digest(folder))
    arrays = (recorded[f"test/{name}"] for name in ("samples", "layers", "outputs"))
    tensors = (torch.from_numpy(array).double() for array in arrays)
    if target:
        targets = evaluate_target(target, drawn["test/inputs"])
    elif drawn.attributes["task"] == "reconstruction":
        targets = recorded["test/seen"]
    else:
        targets = drawn.get("test/targets")
    network = load(folder, **built, dtype=dtype)
    # A target that is given zeros needs nothing of what was seen.
    seen = None if target_input == "dummy" else to_network(network, recorded["test/seen"])
    return Held(network, *tensors, targets, seen), recorded


def _write_judged(writer, name, directions, held):
    """Write what one map made of the test samples, and its errors, sample by sample."""
    for direction, judged in directions.items():
        for array, values in judged.per_sample(held[DIRECTIONS[direction][1]]).items():
            writer.array(f"{name}/{direction}/{array}", values, ["sample"])


def _describe(facts, networks, held, kind, recorded):
    """Return what evaluation.json says of networks and samples, whatever the maps."""
    fit = recorded.lazy("fit/samples").shape[0]
    return {
        "experiment": facts["experiment"],
        "networks": {side: describe_network(networks[side], held[side], kind) for side in held},
        "same_targets": share_targets(held),
        "samples": {"fit": fit, "test": len(held["a"].outputs), **facts["samples"]},
    }


def evaluate_transformation(
    sides, samples, transformation, alignment, outputs, target_input, facts, provenance
):
    """Write evaluation.zarr and evaluation.json.

    Each of ``sides`` has its network's folder, activations, factory and arguments, dtype, and
    target of its own.
    """
    drawn = store.open_store(samples, "samples")
    fitted = store.open_store(transformation, "transformation")
    aligned = store.open_store(alignment, "alignment")
    (a, recorded_a), (b, recorded_b) = (
        _hold(drawn, target_input, *sides[side]) for side in ("a", "b")
    )
    digests = {"alignment": aligned.digest, "a": recorded_a.digest, "b": recorded_b.digest}
    store.require_parents(fitted, **digests)
    # Networks with samples of their own share these alone.
    origin_of = "shared" if "shared" in recorded_a.parents else "samples"
    for recorded in (recorded_a, recorded_b):
        store.require_parents(recorded, **{origin_of: drawn.digest})
    held = {"a": a, "b": b}
    kind = drawn.attributes["task"]
    maps = {name: Transformation.from_store(fitted, name) for name in fitted.attributes["maps"]}
    judged = judge_all(maps, held, kind, target_input)
    parents = {"transformation": fitted.digest, "samples": drawn.digest}
    parents |= {side: digests[side] for side in held}
    with store.create(outputs[0], "evaluation", parents=parents, provenance=provenance) as writer:
        for name, directions in judged.items():
            _write_judged(writer, name, directions, held)
    result = {
        **_describe(facts, next(iter(maps.values())).networks, held, kind, recorded_a),
        "alignment": dict(aligned.attributes),
        "maps": {
            name: {direction: one.metrics for direction, one in directions.items()}
            for name, directions in judged.items()
        },
    }
    result |= {key: fitted.attributes[key] for key in ("left_out",) if key in fitted.attributes}
    if "intrinsic" in maps:
        result["round_trip"] = round_trip(maps["intrinsic"], held)
    store.write_json(outputs[1], result)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, params = snakemake.input, snakemake.params
        evaluate_transformation(
            {
                side: (given[f"network_{side}"], given[f"activations_{side}"], *own)
                for side, own in params.networks.items()
            },
            given.samples,
            given.transformation,
            given.alignment,
            snakemake.output,
            params.target_input,
            params.facts,
            origin(snakemake.rule, params),
        )

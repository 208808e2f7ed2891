"""Small made-up stores of an experiment, its verdicts among them."""

from itertools import combinations

import numpy as np
import torch
from task_stores import fidelities, told

from sametask.evaluation.metrics import agreement_metrics, task_metrics
from sametask.storage import store

MAPS = ("intrinsic", "direct_rbf", "mean")


def write(folder, name, kind, arrays, parents=None, **attributes):
    """Write a store and return its path and digest."""
    path = folder / f"{name}-{kind}.zarr"
    with store.create(path, kind, parents=parents) as writer:
        for place, values in arrays.items():
            writer.array(place, values, [f"axis_{axis}" for axis in range(np.ndim(values))])
        writer.attributes |= attributes
    return str(path), store.open_store(path, kind).digest


def unit(values):
    return values / np.sqrt(np.mean(values**2, axis=0))


def waves(inputs):
    """Two smooth coordinates of inputs (n, ...)."""
    first = inputs.reshape(len(inputs), -1)[:, 0]
    return np.column_stack([np.cos(k * first) for k in (1, 2)])


def write_network(
    folder, name, inputs, layers, outputs, parents, constant=(), duplicates=0, coordinates=waves
):
    """Write a network's stores; ``layers``, ``outputs`` and ``coordinates`` are of inputs."""
    draw = np.random.default_rng(1)
    fit, test = layers(inputs["fit"]), layers(inputs["test"])
    arrays = {"fit/samples": fit, "test/samples": test, "test/layers": test}
    arrays["fit/perturbed"] = fit[:, None] + 0.01 * draw.normal(size=(len(fit), 6, fit.shape[1]))
    arrays["test/outputs"] = outputs(inputs["test"])
    path, activations = write(
        folder, name, "activations", arrays, parents,
        layout={"layers": ["tanh<1>"], "shapes": [[fit.shape[1]]],
                "neurons": list(range(fit.shape[1]))}, constant_neurons=list(constant),
        input_shape=list(inputs["fit"].shape[1:]), duplicate_samples=duplicates,
    )  # fmt: skip
    spectrum = np.exp(-np.arange(fit.shape[1])) * draw.uniform(1, 2, (len(fit), 1))
    geometry = write(
        folder, name, "geometry", {"spectrum": spectrum}, {"activations": activations},
        rank=1, rank_rule="auto", source="covariance", sigma=0.0125,
        perturbations={"count": 6, "delta": 0.05, "along": "noise", "neighbours": 16},
    )  # fmt: skip
    vectors = unit(coordinates(inputs["fit"]))
    diffusion = write(
        folder, name, "diffusion", {"eigenvalues": [0.9, 0.7], "eigenvectors": vectors},
        {"activations": activations, "geometry": geometry[1]},
        bandwidth=0.1, bandwidth_rule="knn", engine="native", selection="leading", selected=[1, 2],
    )  # fmt: skip
    places = {"activations": path, "geometry": geometry[0], "diffusion": diffusion[0]}
    own = {"layers": test, "outputs": arrays["test/outputs"]}
    return places, {"diffusion": diffusion[1], "activations": activations}, own


def figures_of(outputs, own, labels):
    """The figures of a classification: against the target network, and against labels (n,)."""
    said = torch.from_numpy(outputs)
    agreed = agreement_metrics(said, torch.from_numpy(own))
    return agreed | task_metrics(said, labels, "classification")


def judged(name, direction, own, wrong, labels):
    """Return arrays and metrics of a map that is off by more the further down it is listed."""
    off = 10.0 ** (2 * MAPS.index(name) - 6)
    outputs = own["outputs"] + off
    # The intrinsic route from a to b gets the classes of the first few test samples wrong.
    if name == "intrinsic" and direction == "a_to_b" and wrong:
        right = own["outputs"][:wrong]
        outputs[:wrong] = np.roll(right, 1, axis=1) if right.shape[1] > 1 else -right
    place = f"{name}/{direction}"
    error = ((outputs - own["outputs"]) ** 2).mean(axis=1)
    arrays = {f"{place}/layers": own["layers"] + off, f"{place}/outputs": outputs}
    arrays[f"{place}/output_error"] = error
    figures = {"activation_r2": 1 - off, "output_mse": float(error.mean()), "seconds": 0.5}
    return arrays, figures | (figures_of(outputs, own["outputs"], labels) if wrong else {})


CLEAR = [0.97, 0.98, 0.99]
SOME, NONE = [0.3, 0.4, 0.5], [-0.9, -0.7, -0.5]
R2 = {
    "equivalent": {"a_to_b": CLEAR, "b_to_a": [1.0, 1.0, 1.0]},
    "a_determines_b": {"a_to_b": CLEAR, "b_to_a": SOME},
    "b_determines_a": {"a_to_b": SOME, "b_to_a": CLEAR},
    "partial": {"a_to_b": SOME, "b_to_a": SOME},
    "unrelated": {"a_to_b": NONE, "b_to_a": NONE},
}
THRESHOLDS = {
    "determined": 0.95, "related": 0.05, "correlation": 0.9, "share": 0.01, "level": 0.01,
    "component_share": 1e-3, "component_r2": 0.9, "source_share": 1e-4,
    "resamples": 99, "confidence": 0.95,
    "task": {"choices": 20, "share": 0.5, "needed": 0.95},
}  # fmt: skip
NEW = {"a_to_b": 0, "b_to_a": 0}


def outcome(relation):
    """A control that came out with a relation."""
    return {
        "relation": relation, "r2": R2[relation], "weakest_r2": R2[relation],
        "dimension": {"a": 1, "b": 1, "joint": 1}, "new_directions": NEW,
    }  # fmt: skip


def stated(
    names,
    relation="equivalent",
    alarms=(),
    notes=(),
    different=None,
    constant=None,
    task="same_task",
):
    """A ``verdict.json``; ``different`` is another network, ``constant`` a direction without R²."""
    a, b = names
    networks = {"a": {"name": a, "layer": "tanh<1>"}, "b": {"name": b, "layer": "tanh2"}}
    untrained = {"a": outcome("equivalent" if alarms else "partial"), "b": {"failed": "too few"}}
    controls = {"shuffled_pairs": outcome("unrelated"), "untrained": untrained}
    if different:
        sides = {"a": outcome("partial"), "b": outcome("unrelated")}
        controls["different_task"] = {"network": different, **sides}
    r2 = {way: ends for way, ends in R2[relation].items() if way != constant}
    return {
        "experiment": "made-up",
        "networks": networks,
        "relation": relation,
        "sentence": f"{a} (tanh<1>) and {b} (tanh2) are {relation} on these inputs.",
        "notes": list(notes),
        "alarms": list(alarms),
        "r2": r2,
        "weakest_r2": r2,
        "r2_intrinsic": r2,
        "round_trip": {"a_b_a": 1e-3, "b_a_b": 2e-3},
        "procrustes": {
            "residual": 0.25, "null_quantile_01": 1.5, "p_value": 0.02, "shuffles": 50
        },
        "local_correlation": {"median": 0.95, "q05": 0.5},
        "dimension": {"a": 1, "b": 1, "joint": 1},
        "new_directions": NEW,
        "whitney": {"a": {"measured": 1, "required": 3}, "b": {"measured": 4, "required": 3}},
        "support": {"a": 0.0, "b": 0.05},
        "samples": {"fit": 30, "test": 20, "inputs": 1, "perturbations": 6},
        "along": "noise",
        "controls": controls,
        "thresholds": THRESHOLDS,
        "task": told(networks, task),
    }  # fmt: skip


def write_verdict(folder, name, verdict, parents, directions=1):
    """Write task.zarr, verdict.zarr and verdict.json; return their paths."""
    draw = np.random.default_rng(4)
    arrays = {
        "local_correlations": np.sort(draw.uniform(size=(30, directions)))[:, ::-1],
        "null_residuals": draw.uniform(1.5, 1.9, 50),
        "spectrum/a": np.exp(-5.0 * np.arange(directions)),
        "spectrum/b": np.exp(-5.0 * np.arange(4)),
    }
    for side in ("a", "b"):
        arrays[f"outside/{side}"] = np.zeros(20, bool)
    for direction in verdict["r2"]:
        arrays[f"bootstrap/{direction}"] = draw.uniform(0.9, 1, 99)
    recorded = {role: digest for role, digest in parents.items() if role != "evaluation"}
    task, digest = write(folder, name, "task", fidelities(verdict["task"]), recorded)
    path, _ = write(folder, name, "verdict", arrays, {**parents, "task": digest})
    words = folder / f"{name}-verdict.json"
    store.write_json(words, verdict)
    return {"verdict": path, "task": task, "relation": str(words)}


def write_maps(folder, name, sides, samples, digests, wrong, labels):
    """Write a pair's evaluation; ``sides`` are what the networks themselves compute."""
    draw = np.random.default_rng(2)
    arrays, maps = {}, {name: {} for name in MAPS}
    for direction, own in zip(("a_to_b", "b_to_a"), reversed(sides), strict=True):
        for map_name in MAPS:
            more, maps[map_name][direction] = judged(map_name, direction, own, wrong, labels)
            arrays |= more
        coordinates = unit(draw.normal(size=(len(own["layers"]), 2)))
        for stage in ("encoder", "rotation"):
            arrays[f"intrinsic/{direction}/{stage}"] = coordinates
    parents = {**digests, "samples": samples}
    tasks = [
        task_metrics(torch.from_numpy(own["outputs"]), labels, "classification")
        if wrong
        else {"mse": 0.5}
        for own in sides
    ]
    facts = {
        "networks": {
            side: {"parameters": 1234, "task": task}
            for side, task in zip(("a", "b"), tasks, strict=True)
        },
        "same_targets": True,
        "samples": {"fit": 30, "test": 20, "inputs": 1, "perturbations": 6},
        "along": "noise",
        "maps": maps,
    }
    words = folder / f"{name}-evaluation.json"
    store.write_json(words, facts)
    return *write(folder, name, "evaluation", arrays, parents), str(words)


def write_pair(folder, networks, samples, verdict, wrong, labels):
    """Write a pair's stores and figures; ``networks`` are (digests, own) of a and b."""
    (a, own_a), (b, own_b) = networks
    name = "-".join(one["name"][:6] for one in verdict["networks"].values())
    of = {"diffusion_a": a["diffusion"], "diffusion_b": b["diffusion"]}
    recorded = {"activations_a": a["activations"], "activations_b": b["activations"]}
    alignment, digest = write(folder, name, "alignment", {"rotation": np.eye(2)}, of,
                              residual=0.25, residual_held_out=0.5)  # fmt: skip
    parents = {"alignment": digest, **recorded}
    transformation, digest = write(folder, name, "transformation", {"x": [0.0]}, parents)
    digests = {"transformation": digest, **recorded}
    evaluation, digest, facts = write_maps(
        folder, name, (own_a, own_b), samples, digests, wrong, labels
    )
    parents = {**recorded, "evaluation": digest}
    kinds = {"alignment": alignment, "transformation": transformation, "evaluation": evaluation}
    return kinds | {"facts": facts} | write_verdict(folder, name, verdict, parents)


def arguments(folder, names, inputs, targets, networks, wrong=0, **verdicts):
    """Write a whole experiment and return the arguments of ``read_report``.

    ``verdicts`` are keywords of ``stated``, or a list of them with one for each pair.
    """
    arrays = {f"{part}/inputs": values for part, values in inputs.items()}
    arrays |= {f"{part}/targets": targets(values) for part, values in inputs.items()}
    kind = "classification" if wrong else "regression"
    samples = write(
        folder, "all", "samples", arrays, input_shape=list(inputs["fit"].shape[1:]), task=kind
    )
    written = {
        name: write_network(folder, str(place), inputs, *one[:2], {"samples": samples[1]}, *one[2:])
        for place, (name, one) in enumerate(zip(names, networks, strict=True))
    }
    facts = {"experiment": "made-up", "description": "x -> <y> & z", "seed": 7}
    facts["trained"] = {names[0]: [-1, 0]}
    combined = list(combinations(names, 2))
    each = verdicts.get("each", [verdicts] * len(combined))
    pairs = {
        pair: write_pair(
            folder,
            [written[name][1:] for name in pair],
            samples[1],
            stated(pair, **one),
            wrong,
            arrays["test/targets"],
        )
        for pair, one in zip(combined, each, strict=True)
    }
    return (
        samples[0],
        {name: places for name, (places, *_) in written.items()},
        pairs,
        facts,
        folder,
    )

"""Made-up experiments whose networks share only a few inputs, found and not found."""

import numpy as np
from report_stores import unit, write, write_network

from sametask.storage.json_files import write_json

ROUTES = ("intrinsic", "intrinsic_zoomout", "intrinsic_pairs")
DENSE = ("dense_direct_rbf", "dense_thesis", "dense_affine", "dense_procrustes", "dense_knn",
         "dense_relative")  # fmt: skip
BASELINES = ("affine", "procrustes", "knn", "relative", "mean")
STUDIED = ("intrinsic", "dense_direct_rbf", "intrinsic_zoomout", "intrinsic_pairs", "direct_rbf",
           "affine", "procrustes", "knn", "relative", "mean", "dense_affine")  # fmt: skip
COUNTS = (1, 2, 3, 5, 8, 16, 32, 64, 128, 256)
# Where each domain lies, and what its smooth coordinates are.
LOW, HIGH = {"circle": 0, "plane": -1, "line": -1, "images": 0}, {"circle": 2 * np.pi}
ATTRIBUTES = {"circle": {"circles": [True]}}
INPUTS = {
    "circle": {"domain": "circle", "name": "angle"},
    "plane": {
        "domain": "box", "low": [-1, -1], "high": [1, 1], "names": ["x", "y"], "units": ["m", "m"],
    },
}  # fmt: skip
SHAPES = {"plane": (2,), "images": (1, 4, 4)}


def coordinates(domain, turned):
    """Return the coordinates of a network as a function of inputs; ``turned`` is another one's."""

    def of(inputs):
        x = inputs.reshape(len(inputs), -1)
        if domain == "circle":
            angle = x[:, 0] * (-1 if turned else 1) + turned
            return np.column_stack([f(k * angle) for k in (1, 2) for f in (np.cos, np.sin)])
        first, second = x[:, 0], x[:, 1] if x.shape[1] > 1 else 2 * x[:, 0] + 1
        values = [np.sin(np.pi / 2 * first), np.sin(np.pi / 2 * second), first * second]
        return np.column_stack(values) * ([-1, 1, 1] if turned else [1, 1, -1])

    return of


def draw(domain, rng, count):
    """Draw inputs of a domain."""
    shape = (count, *SHAPES.get(domain, (1,)))
    return rng.uniform(LOW[domain], HIGH.get(domain, 1), shape)


def attributes_of(found, anchors, sides):
    """The attributes of an alignment; ``sides`` is how many candidates are equally good."""
    candidates = [
        {"stress": 0.04 + 1e-4 * n, "agreement": 0.002 if anchors else None,
         "chosen": found and n == 0}
        for n in range(sides)
    ]  # fmt: skip
    return {
        "found": found, "confidence": 0.992 if found else 0.31, "threshold": 0.9,
        "confidence_interval": [0.8, 1.0] if found else [0.1, 0.6],
        "stress": {"a_to_b": 0.041, "b_to_a": 0.038}, "cycle": 0.4,
        "agreement": {"p_value": 0.002 if anchors else None, "errors": [0.1] * anchors},
        "anchors": anchors, "coordinates": 3, "candidates": candidates,
        "settles": 3 if sides > 1 else None,
        "reasons": [] if found else ["The two networks' <shapes> differ too much."],
        "seconds": 3.21,
    }  # fmt: skip


def write_alignment(folder, name, domain, inputs, layers, parents, attributes):
    """Write alignment.zarr: every sample is placed, with some noise, at its own input."""
    arrays, rng = {}, np.random.default_rng(7)
    for way, source, target in (("a_to_b", 0, 1), ("b_to_a", 1, 0)):
        own = inputs[source]["fit"]
        near = own + 0.01 * rng.normal(size=own.shape)
        of = coordinates(domain, target)
        scale = np.sqrt(np.mean(of(inputs[target]["fit"]) ** 2, axis=0))
        arrays[f"{way}/coordinates"] = of(near) / scale
        arrays[f"{way}/layers"] = layers[target](near)
    arrays["rotation"] = np.eye(3)
    if not attributes["found"]:
        arrays = {"none": [0.0]}
    return write(folder, name, "alignment", arrays, parents, **attributes)


def errors_of(name, count, choices, rng):
    """Relative errors (choices,) of a map from so many shared inputs, NaN where impossible."""
    noise = np.exp(0.5 * rng.normal(size=choices))
    ours = {"intrinsic": 1e-4, "dense_direct_rbf": 4e-5, "dense_affine": 6e-2}
    if name in ours or name == "intrinsic_zoomout":
        lost = rng.uniform(size=choices) > min(1, count / 3)
        return np.where(lost, np.nan, ours.get(name, 4e-3) * noise)
    slopes = {"direct_rbf": (40, 2.6), "affine": (3, 0.5), "procrustes": (1.2, 0.15),
              "knn": (1.5, 0.6), "relative": (2, 0.4), "intrinsic_pairs": (8, 1.2),
              "mean": (1.05, 0)}  # fmt: skip
    top, slope = slopes[name]
    least = {"direct_rbf": 4, "affine": 2}.get(name, 1)
    return top * float(count) ** -slope * noise**0.5 if count >= least else np.full(choices, np.nan)


def write_study(folder, name, parents, choices=20):
    """Write study.zarr of random choices of shared inputs."""
    rng, arrays = np.random.default_rng(9), {}
    for one in STUDIED:
        for way in ("a_to_b", "b_to_a"):
            rows = [errors_of(one, count, choices, rng) for count in COUNTS]
            arrays[f"errors/{one}/{way}"] = np.array(rows)
    arrays["found"] = np.isfinite(arrays["errors/intrinsic/a_to_b"])
    for more in ("confidence", "stress"):
        arrays[more] = np.where(arrays["found"], 0.99, 0.2)
    facts = {"counts": list(COUNTS), "choices": choices, "maps": list(STUDIED)}
    return write(folder, name, "study", arrays, parents, **facts, wrong=2, right_below=0.1)[0]


def write_evaluation(folder, name, sides, parents, attributes, classes):
    """Write evaluation.zarr and .json; each map is off by more the later it is listed."""
    maps = (*ROUTES, *DENSE, *BASELINES) if attributes["found"] else BASELINES
    arrays, figures = {}, {one: {} for one in maps}
    for way, own in zip(("a_to_b", "b_to_a"), reversed(sides), strict=True):
        for place, one in enumerate(maps):
            off = 10.0 ** (-4 + place / 3) if one in (*ROUTES, *DENSE) else 0.3 + 0.1 * place
            outputs = own["outputs"] + off
            if classes and place == 0:
                outputs[:3] = np.roll(outputs[:3], 1, axis=1)
            error = ((outputs - own["outputs"]) ** 2).mean(axis=1)
            arrays |= {f"{one}/{way}/outputs": outputs, f"{one}/{way}/output_error": error}
            arrays[f"{one}/{way}/layers"] = own["layers"] + off
            figures[one][way] = {
                "activation_r2": 1 - off, "output_mse": float(error.mean()), "seconds": 0.5
            }  # fmt: skip
        if attributes["found"]:
            for stage in ("encoder", "rotation"):
                arrays[f"intrinsic/{way}/{stage}"] = own["coordinates"]
    names = dict(zip("ab", name.split("-"), strict=True))
    networks = {
        side: {"name": one, "layer": "tanh<1>", "parameters": 1234, "task": {"mse": 0.5}}
        for side, one in names.items()
    }
    facts = {
        "networks": networks, "same_targets": True, "samples": {"test": 40, "perturbations": 6},
        "along": "noise",
        "alignment": attributes, "maps": figures,
    }  # fmt: skip
    if attributes["found"]:
        facts["round_trip"] = {"a_b_a": 1e-3, "b_a_b": 2e-3}
    words = folder / f"{name}-evaluation.json"
    write_json(words, facts)
    return write(folder, name, "evaluation", arrays, parents)[0], str(words)


def write_match(folder, domain, inputs, layers, networks, shared, attributes, studied):
    """Write a pair's stores and return their paths."""
    (a, b), name = (one[1] for one in networks), "one-two"
    parents = {"diffusion_a": a["diffusion"], "diffusion_b": b["diffusion"]}
    recorded = {"activations_a": a["activations"], "activations_b": b["activations"]}
    alignment = write_alignment(folder, name, domain, inputs, layers, parents, attributes)
    transformation = write(folder, name, "transformation", {"x": [0.0]},
                           {"alignment": alignment[1], **recorded})  # fmt: skip
    parents = {"transformation": transformation[1], "samples": shared, **recorded}
    test = unit(coordinates(domain, 1)(inputs[0]["test"]))
    sides = [one[2] | {"coordinates": test} for one in networks]
    evaluation, facts = write_evaluation(
        folder, name, sides, parents, attributes, domain == "images"
    )
    paths = {"alignment": alignment[0], "transformation": transformation[0],
             "evaluation": evaluation, "facts": facts}  # fmt: skip
    return paths | ({"study": write_study(folder, name, recorded)} if studied else {})


def matching(folder, domain="line", found=True, studied=True, anchors=3, sides=1, sizes=(90, 70)):
    """Write a whole experiment and return the arguments of ``read_report``."""
    rng = np.random.default_rng(3)
    common = {"test": draw(domain, rng, 40)}
    first = draw(domain, rng, anchors)
    inputs = [
        common | {"fit": np.concatenate([first, draw(domain, rng, size - anchors)])}
        for size in sizes
    ]
    images = domain == "images"
    task = "classification" if images else "regression"
    facts = {"input_shape": list(first.shape[1:]), "task": task, "anchors": anchors}
    facts |= ATTRIBUTES.get(domain, {})

    def flat(x):
        return x.reshape(len(x), -1)[:, :3]

    def answers(x):
        return np.eye(3)[(flat(x)[:, 0] * 3).astype(int)] * 5 if images else np.sin(flat(x))

    targets = answers(common["test"]).argmax(1) if images else flat(common["test"])
    arrays = {"test/inputs": common["test"], "test/targets": targets}
    shared = write(folder, "all", "samples", arrays, **facts)
    layers = [lambda x: np.tanh(flat(x)), lambda x: np.hstack([flat(x), flat(x) ** 2])]
    networks = []
    for place, name in enumerate(("one", "two")):
        own = {"fit/inputs": inputs[place]["fit"], **arrays}
        if images:
            own["fit/targets"] = answers(own["fit/inputs"]).argmax(1)
        samples = write(folder, name, "samples", own, {"shared": shared[1]}, **facts)
        parents = {"samples": samples[1], "shared": shared[1]}
        paths, *more = write_network(
            folder, name, inputs[place], layers[place], answers, parents,
            coordinates=coordinates(domain, place),
        )  # fmt: skip
        networks.append((paths | {"samples": samples[0]}, *more))
    attributes = attributes_of(found, anchors, sides)
    pair = write_match(folder, domain, inputs, layers, networks, shared[1], attributes, studied)
    named = dict(zip(("one", "two"), (one[0] for one in networks), strict=True))
    facts = {"experiment": "few", "description": "x -> <y>", "seed": 7}
    facts["inputs"] = INPUTS.get(domain)
    return shared[0], named, {("one", "two"): pair}, facts, folder

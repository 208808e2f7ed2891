"""The figures of the paper's examples: a vector field, and a turning horse."""

import numpy as np

from figures import DIRECTIONS, Figure, array, evaluated, read, whitney

# The most that may be missed: by the intrinsic map and its round trip, by the best map, and by
# inputs from a few neurons. In the small size samples lie three times as far apart, and what
# splines miss between them grows with a power of that.
MISSED = {
    "vector-field": {"intrinsic": 1e-5, "best": 1e-8, "inputs": 1e-4},
    "vector-field-small": {"intrinsic": 1e-4, "best": 1e-6, "inputs": 1e-5},
}


def vector_field(experiment):
    """Check the vector field: the maps between the two full networks, and the radial one."""
    limits = MISSED[experiment]
    found = evaluated(experiment, "field-bent")
    for direction in DIRECTIONS:
        missed = {name: 1 - one[direction]["activation_r2"] for name, one in found["maps"].items()}
        yield Figure(
            f"field {direction}: intrinsic error", missed["intrinsic"], limits["intrinsic"]
        )
        best = min(missed, key=missed.get)
        yield Figure(f"field {direction}: best ({best}) error", missed[best], limits["best"])
    for way, error in found["round_trip"].items():
        yield Figure(f"field: round trip {way}", error, limits["intrinsic"])
    for pair, relation in (
        ("field-bent", "equivalent"),
        ("field-radial", "a_determines_b"),
        ("bent-radial", "a_determines_b"),
    ):
        judged = read(experiment, pair, "verdict.json")["relation"]
        yield Figure(f"{pair}: {judged}", judged == relation, 1, at_most=False)
    yield from whitney(experiment, "field", "bent", target=limits["inputs"])


def rotating_horse(experiment):
    """Check the autoencoders of the turning horse."""
    found = evaluated(experiment, "fine-coarse")
    for direction, target in DIRECTIONS.items():
        own = found["networks"][target]["task"]["mse"]
        share = found["maps"]["intrinsic"][direction]["mse"] / own
        yield Figure(f"{experiment} {direction}: error / own", share, 1.1)
    judged = read(experiment, "fine-coarse", "verdict.json")["relation"]
    yield Figure(f"{experiment}: {judged}", judged == "equivalent", 1, at_most=False)
    for name in ("fine", "coarse"):
        vectors = array(experiment, name, "diffusion", "eigenvectors")
        radius = np.hypot(vectors[:, 0], vectors[:, 1])
        spread = np.ptp(radius) / radius.mean()
        yield Figure(f"{experiment} {name}: spread of the radius", spread, 0.05)
    # No target: the sources report none of pictures.
    yield from whitney(experiment, "fine", "coarse")

"""How all neurons lie to each other, together in one store."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from sametask.neurons.arrangement.distances import METRICS, between, singular
from sametask.neurons.arrangement.ellipsoids import (
    coverage,
    density,
    ellipsoids,
    principal_directions,
    projected,
)
from sametask.neurons.moments import Moments
from sametask.storage.store import Writer

# The kind of the stores arrangement/{estimator}.zarr.
KIND = "arrangement"
# Dimensions in which ellipsoids are drawn, at most.
SHOWN = 3
# The names of the dimensions of the arrays of ellipsoids.
AXES = {
    "centres": ["neuron", "direction"],
    "axes": ["neuron", "axis", "direction"],
    "radii": ["neuron", "axis"],
}


def write_arrangement(writer: Writer, moments: Moments, neurons: np.ndarray) -> None:
    """Write distances, ellipsoids, coverage and density of K neurons.

    ``neurons`` (n, K, d) are those of the networks of the ensemble: the share of them inside the
    ellipsoid of their neuron is the coverage. The density is of the first two directions; neurons
    of one weight have none.
    """
    for metric in METRICS:
        writer.array(f"distances/{metric}", between(moments, metric), ["neuron", "other"])
    directions, shares = principal_directions(moments.mean, SHOWN)
    for name, values in asdict(ellipsoids(projected(moments, directions))).items():
        writer.array(f"ellipsoids/{name}", values, AXES[name])
    writer.array("directions", directions, ["direction", "weight"])
    writer.array("coverage", coverage(moments, neurons), ["neuron"])
    writer.attributes |= {
        "shares": shares.tolist(),
        "singular": int(singular(moments.covariance).sum()),
        "facts": moments.facts,
    }
    if len(directions) > 1:
        found = density(projected(moments, directions[:2]))
        writer.array("density/values", found.values, ["up", "across"])
        writer.array("density/across", found.across, ["across"])
        writer.array("density/up", found.up, ["up"])
        writer.attributes |= {"area": found.area, "widened": found.widened}

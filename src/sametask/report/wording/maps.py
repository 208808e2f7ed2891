"""The maps between two layers: what each of them is, and of which kind."""

from __future__ import annotations

from collections.abc import Iterable

MAPS = {
    "intrinsic": "through both networks' own diffusion coordinates: what equivalence is judged by",
    "thesis": "through the source's coordinates alone: a nonlinear regression",
    "direct_rbf": "baseline: radial basis functions, activation to activation",
    "affine": "baseline: a linear map with an offset",
    "procrustes": "baseline: a rotation and one scale of the activations",
    "knn": "baseline: the mean of the nearest samples",
    "relative": "baseline: relative representations",
    "mean": "baseline: always the target's mean activation",
    "intrinsic_identity": "ablation: the intrinsic route without a rotation",
    "intrinsic_random": "ablation: the intrinsic route with a random rotation",
    "intrinsic_euclidean": "ablation: the intrinsic route, Euclidean distances of activations",
    "intrinsic_zoomout": "ablation: the rotation of the spectral alignment alone, not refined",
    "intrinsic_pairs": "ablation: a rotation fitted to the shared inputs alone",
}
# For sequences, as in the thesis: neurons that are not measured are filled, not mapped.
MAPS |= {
    f"{route}_fill_{way}": f"ablation: {route}, but neurons not measured are filled with {what}"
    for route in ("intrinsic", "thesis")
    for way, what in (("mean", "the mean of the measured ones at their step"), ("zero", "zeros"))
}
# The same maps, fitted on the dense correspondences of a match.
DENSE = "dense_"
MAPS |= {
    f"{DENSE}{name}": f"{MAPS[name].removeprefix('baseline: ')}; fitted on the matched samples"
    for name in ("direct_rbf", "thesis", "affine", "procrustes", "knn", "relative")
}
# Maps that see the positions around the one that they map.
MAPS |= {
    f"{name}_window": f"{MAPS[name]}; it sees the positions around each as well"
    for name in ("direct_rbf", "affine")
}
# Maps by their purpose; every other map is a baseline.
OURS, ABLATIONS = ("intrinsic", "thesis"), ("intrinsic_", "thesis_")
KINDS = (
    "Our routes",
    "Ablations of our routes",
    "Fitted on the matched samples",
    "Baselines",
)


def kind_of(name: str) -> str:
    """Return which kind a map is of, one of ``KINDS``."""
    if name in OURS:
        return KINDS[0]
    if name.startswith(ABLATIONS):
        return KINDS[1]
    return KINDS[2] if name.startswith(DENSE) else KINDS[3]


def useful(names: Iterable[str]) -> list[str]:
    """Return the maps that may be called the best: neither ablations nor the thesis's route.

    The route of the thesis is a regression that cannot distinguish equivalent networks from others.
    """
    names = list(names)
    kept = [
        name for name in names if kind_of(name) != KINDS[1] and name.removeprefix(DENSE) != "thesis"
    ]
    return kept or names


def by_kind(names: Iterable[str]) -> dict[str, list[str]]:
    """Return the names of maps by kind, in the order of the kinds, without empty ones."""
    names = list(names)
    sorted_names = {kind: [name for name in names if kind_of(name) == kind] for kind in KINDS}
    return {kind: members for kind, members in sorted_names.items() if members}


def meanings(names: Iterable[str]) -> list[tuple[str, str]]:
    """Return each map of a list with what it is, by kind."""
    ordered = [name for group in by_kind(names).values() for name in group]
    return [(name, MAPS[name]) for name in ordered if name in MAPS]

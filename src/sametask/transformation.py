"""The map between two networks' layers, in both directions: fit, save, load, apply.

A map is a chain of stages, modules that hold nothing but arrays: ours are in ``routes``, those to
compare with in ``baselines``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from sametask.activations.layout import Layout
from sametask.baselines import (
    Cosine,
    Nearest,
    affine_map,
    direct_rbf_map,
    knn_map,
    mean_map,
    procrustes_map,
    relative_map,
)
from sametask.errors import DataError, StoreError, nearest
from sametask.interpolation import Affine, RadialBasis
from sametask.relations import DIRECTIONS
from sametask.routes import (
    Side,
    coordinate_maps,
    euclidean_route,
    random_rotation,
    rotation_ablations,
)
from sametask.stitching import StitchedNetwork
from sametask.store import Store, Writer, open_store

STAGES = {"radial_basis": RadialBasis, "affine": Affine, "nearest": Nearest, "cosine": Cosine}


@dataclass(frozen=True)
class Measured:
    """What a map knows of one of its networks: name, layout, shape and type of one input."""

    name: str
    layout: Layout
    input_shape: tuple[int, ...]
    input_dtype: str | None = None

    @classmethod
    def of(cls, name: str, attributes: Mapping[str, Any]) -> Measured:
        """Read layout and input as the attributes of a store have them."""
        layout = Layout.from_plain(attributes["layout"])
        return cls(name, layout, tuple(attributes["input_shape"]), attributes.get("input_dtype"))

    def plain(self) -> dict[str, Any]:
        """Return what ``of`` reads, and the name."""
        return {
            "name": self.name,
            "layout": self.layout.plain(),
            "input_shape": list(self.input_shape),
            "input_dtype": self.input_dtype,
        }


def regressions(source: Side, target: Side) -> dict[str, Mapping[str, nn.Module]]:
    """Fit the baselines that two paired samples are enough for: ``{map: stages}``."""
    pairs = source.measured, target.whole
    return {
        "affine": affine_map(*pairs, source.groups),
        "procrustes": procrustes_map(*pairs),
        "knn": knn_map(*pairs, source.groups),
        "relative": relative_map(*pairs, target.measured),
    }


def _baselines(source: Side, target: Side) -> dict[str, Mapping[str, nn.Module]]:
    pairs = source.measured, target.whole
    direct, mean = direct_rbf_map(*pairs, source.groups), mean_map(*pairs)
    return {"direct_rbf": direct, **regressions(source, target), "mean": mean}


def _euclidean(a: Side, b: Side, smoothing: float | str) -> dict[str, dict]:
    """Return the ablation by itself, or nothing: what it lacks is no reason to end the rest."""
    if a.euclidean is None or b.euclidean is None:
        return {}
    try:
        return {
            "intrinsic_euclidean": {
                "a_to_b": euclidean_route(a, b, smoothing),
                "b_to_a": euclidean_route(b, a, smoothing),
            }
        }
    except DataError as error:
        logging.getLogger(__name__).warning("intrinsic_euclidean left out: %s", error)
        return {}


def fit_maps(
    a: Side, b: Side, rotation: Tensor, smoothing: float | str, seed: int = 0
) -> dict[str, dict]:
    """Fit every map in both directions on the same pairs: ``{map: {direction: stages}}``.

    ``rotation`` (k, k) takes a's coordinates to b's; its transpose leads back. ``smoothing`` is
    that of the routes through coordinates, ``seed`` draws the rotation of ``intrinsic_random``.
    ``intrinsic_euclidean`` is there if both sides have Euclidean coordinates that splines can be
    fitted to. Raises ``DataError`` if other maps have too few distinct samples.
    """
    maps: dict[str, dict] = {}
    random = random_rotation(len(rotation), seed).to(rotation)
    for direction, (source, target, turn, other) in {
        "a_to_b": (a, b, rotation, random),
        "b_to_a": (b, a, rotation.mT, random.mT),
    }.items():
        routes = coordinate_maps(source, target, turn, smoothing)
        ablations = rotation_ablations(routes["intrinsic"], other)
        for name, stages in {**routes, **_baselines(source, target), **ablations}.items():
            maps.setdefault(name, {})[direction] = stages
    return maps | _euclidean(a, b, smoothing)


class Transformation(nn.Module):
    """One map between two networks, both ways. ``t(a)`` maps a to b, ``t(b, "b_to_a")`` back."""

    def __init__(
        self, stages: Mapping[str, Mapping[str, nn.Module]], a: Measured, b: Measured
    ) -> None:
        super().__init__()
        self.maps = nn.ModuleDict({name: nn.ModuleDict(chain) for name, chain in stages.items()})
        self.networks = {"a": a, "b": b}

    @classmethod
    def load(cls, path: str | Path, map: str = "intrinsic") -> Transformation:
        """Load a fitted map from ``transformation.zarr``, without refitting anything.

        ``map`` is ``intrinsic`` or ``thesis``; a baseline: ``direct_rbf``, ``affine``,
        ``procrustes``, ``knn``, ``relative``, ``mean``; or an ablation: ``intrinsic_identity``,
        ``intrinsic_random``, ``intrinsic_euclidean``. Where networks share only a few inputs, it
        may be ``dense_`` and one of them, fitted to the matched samples (``matching.maps``).
        Raises ``StoreError`` for a damaged store or
        an unknown map.
        """
        return cls.from_store(open_store(path, "transformation"), map)

    @classmethod
    def from_store(cls, store: Store, map: str = "intrinsic") -> Transformation:
        """Read one map from an open store."""
        attributes = store.attributes
        if map not in attributes["maps"]:
            raise StoreError(f"{store.path}: no map {map!r}; {nearest(map, attributes['maps'])}")
        stages = {
            direction: {
                name: STAGES[stage["kind"]](
                    **{
                        array: torch.from_numpy(store[f"{map}/{direction}/{name}/{array}"])
                        for array in stage["arrays"]
                    }
                )
                for name, stage in chain.items()
            }
            for direction, chain in attributes["maps"][map].items()
        }
        sides = {
            side: Measured.of(values["name"], values)
            for side, values in attributes["networks"].items()
        }
        return cls(stages, sides["a"], sides["b"])

    def stages(self, activations: Tensor, direction: str = "a_to_b") -> dict[str, Tensor]:
        """Return what every stage makes of measured activations (n, m), by the stage's name."""
        source, _ = self.ends(direction)
        expected = len(source.layout.columns)
        if activations.ndim != 2 or activations.shape[1] != expected:
            raise DataError(
                f"{direction}: {source.name} has {expected} measured neurons, "
                f"got activations of shape {tuple(activations.shape)}"
            )
        seen: dict[str, Tensor] = {}
        for name, stage in self.maps[direction].items():
            activations = seen[name] = stage(activations)
        return seen

    def forward(self, activations: Tensor, direction: str = "a_to_b") -> Tensor:
        """Map measured activations (n, m) to all neurons (n, t) of the target's layers.

        Differentiable; rows are independent. Raises ``DataError`` for another width.
        """
        return list(self.stages(activations, direction).values())[-1]

    def stitch(
        self, net_a: nn.Module, net_b: nn.Module, direction: str = "a_to_b"
    ) -> StitchedNetwork:
        """Return the network: front of the source, this map, back of the target."""
        source, target = self.ends(direction)
        front, back = (net_a, net_b) if direction == "a_to_b" else (net_b, net_a)
        chain = nn.Sequential(*self.maps[direction].values())
        dtype = getattr(torch, target.input_dtype) if target.input_dtype else None
        ends = source.layout, target.layout, target.input_shape, dtype
        return StitchedNetwork(front, chain, back, *ends)

    def ends(self, direction: str) -> tuple[Measured, Measured]:
        """Return what is known of the source and of the target of a direction."""
        if direction not in DIRECTIONS:
            raise DataError(f"no direction {direction!r}; {nearest(direction, DIRECTIONS)}")
        source, target = DIRECTIONS[direction]
        return self.networks[source], self.networks[target]


def save_maps(writer: Writer, maps: Mapping[str, Mapping], a: Measured, b: Measured) -> None:
    """Write fitted maps as arrays ``{map}/{direction}/{stage}/{array}``, and describe them."""
    kinds = {module: kind for kind, module in STAGES.items()}
    described: dict[str, dict] = {}
    for name, directions in maps.items():
        described[name] = {}
        for direction, chain in directions.items():
            described[name][direction] = {}
            for stage, module in chain.items():
                arrays = module.state_dict()
                for array, values in arrays.items():
                    axes = [f"{array}_{axis}" for axis in range(values.ndim)]
                    writer.array(f"{name}/{direction}/{stage}/{array}", values.cpu(), axes)
                described[name][direction][stage] = {
                    "kind": kinds[type(module)],
                    "arrays": list(arrays),
                }
    writer.attributes["maps"] = described
    writer.attributes["networks"] = {
        side: measured.plain() for side, measured in (("a", a), ("b", b))
    }

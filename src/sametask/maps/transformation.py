"""The map between two networks' layers, in both directions: save, load, apply.

A map is a chain of stages, modules that hold arrays only. Our maps are in ``routes``, those of
others in ``baselines``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from types import MappingProxyType
from typing import Any, cast

import torch
from torch import Tensor, nn

from sametask.activations.components import ARRAYS
from sametask.activations.layout import Layout
from sametask.activations.stored import layout_of
from sametask.base.errors import DataError, StoreError, nearest
from sametask.base.relations import DIRECTIONS
from sametask.maps.affine import Affine
from sametask.maps.choosing import Chosen, failing
from sametask.maps.fitting import WINDOW
from sametask.maps.modules import Cosine, Nearest
from sametask.maps.stitching import StitchedNetwork
from sametask.splines.thin_plates import RadialBasis
from sametask.storage.store import Store, Writer, open_store

STAGES = {"radial_basis": RadialBasis, "affine": Affine, "nearest": Nearest, "cosine": Cosine}

# Characters of the reason why a map was left out, in the message of the error.
REASON = 150


@dataclass(frozen=True)
class Measured:
    """The description of a network that a map keeps: name, layout, shape and type of one input.

    Inputs of several named arrays have no shape.
    """

    name: str
    layout: Layout
    input_shape: tuple[int, ...] | None
    input_dtype: str | None = None

    @classmethod
    def of(cls, name: str, store: Store, attributes: Mapping[str, Any], place: str) -> Measured:
        """Read a network from ``attributes`` of a store, with its components at a ``place``."""
        layout = layout_of(store, attributes["layout"], place)
        shape = attributes.get("input_shape")
        kind = attributes.get("input_dtype")
        return cls(name, layout, None if shape is None else tuple(shape), kind)

    def plain(self) -> dict[str, Any]:
        """Return the attributes that ``of`` reads, and the name."""
        return {
            "name": self.name,
            "layout": self.layout.plain(),
            "input_shape": None if self.input_shape is None else list(self.input_shape),
            "input_dtype": self.input_dtype,
        }

    def with_own_layers(self, network: nn.Module) -> StitchedNetwork:
        """Return the network stitched with itself: its ``back`` takes activations of its layers."""
        dtype = getattr(torch, self.input_dtype) if self.input_dtype else None
        ends = self.layout, self.layout, self.input_shape, dtype
        return StitchedNetwork(network, nn.Identity(), network, *ends)


def _alternatives(map: str, attributes: Mapping[str, Any]) -> str:
    """Return why a map was left out, if that is known, and which maps exist."""
    why = attributes.get("left_out", {}).get(map)
    if why is None:
        return f"; {nearest(map, attributes['maps'])}"
    return f" ({shorten(why, REASON, placeholder=' …')}); there are {', '.join(attributes['maps'])}"


def _read_stages(store: Store, name: str, direction: str) -> dict[str, nn.Module]:
    """Return the stages of a map in one direction."""
    return {
        stage: STAGES[described["kind"]](
            **{
                array: torch.from_numpy(store[f"{name}/{direction}/{stage}/{array}"])
                for array in described["arrays"]
            }
        )
        for stage, described in store.attributes["maps"][name][direction].items()
    }


def _warn_of(name: str, store: Store) -> None:
    """Warn of each direction in which a map was worse than the mean on validation samples."""
    default = store.attributes.get("default", {})
    for direction, r2 in failing(store.attributes.get("validation", {}), name).items():
        warnings.warn(
            f"{store.path}: the map {name} fails from {' to '.join(_names(store, direction))}: R² "
            f"is {r2:.3g} on validation samples, worse than the mean. Without a name, load takes "
            f"{default.get(direction)}",
            stacklevel=3,
        )


def _names(store: Store, direction: str) -> list[str]:
    """Return the names of the source and of the target of a direction."""
    return [store.attributes["networks"][side]["name"] for side in DIRECTIONS[direction]]


class Transformation(nn.Module):
    """A map between two networks, in both directions: ``t(a)`` and ``t(b, "b_to_a")``.

    ``names`` has the name of the map in each direction; it is empty for stages of your own.
    """

    def __init__(
        self,
        stages: Mapping[str, Mapping[str, nn.Module]],
        a: Measured,
        b: Measured,
        names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.maps = nn.ModuleDict({name: nn.ModuleDict(chain) for name, chain in stages.items()})
        self.networks = {"a": a, "b": b}
        self.names = dict(names)

    @classmethod
    def load(cls, path: str | Path, map: str | None = None) -> Transformation:
        """Load a fitted map from ``transformation.zarr``, without refitting.

        Without ``map``: in each direction the map that was best on validation samples, which is
        ``mean`` where none was better than the mean (``choosing``); if networks share only a few
        inputs, the ``intrinsic`` map. ``map`` is ``intrinsic`` or ``thesis``; a baseline:
        ``direct_rbf``, ``affine``, ``procrustes``, ``knn``, ``relative``, ``mean``; or an ablation:
        ``intrinsic_identity``, ``intrinsic_random``, ``intrinsic_euclidean``. If networks share
        only a few inputs, the prefix ``dense_`` names a map fitted to the matched samples
        (``matching.matched_maps``). Warns of a map that was worse than the mean on validation
        samples. Raises ``StoreError`` for a damaged store, an unknown map, or one that could not be
        fitted.
        """
        store = open_store(path, "transformation")
        if map is not None:
            _warn_of(map, store)
        return cls.from_store(store, map)

    @classmethod
    def from_store(cls, store: Store, map: str | None = None) -> Transformation:
        """Read one map from an open store, without a warning; by default as ``load`` does."""
        attributes = store.attributes
        # The maps of a match are not validated: the few shared inputs fix the match.
        names = attributes.get("default", dict.fromkeys(DIRECTIONS, "intrinsic"))
        if map is not None:
            names = dict.fromkeys(DIRECTIONS, map)
        for name in names.values():
            if name not in attributes["maps"]:
                raise StoreError(f"{store.path}: no map {name!r}{_alternatives(name, attributes)}")
        stages = {way: _read_stages(store, name, way) for way, name in names.items()}
        sides = {
            side: Measured.of(values["name"], store, values, f"components/{side}/")
            for side, values in attributes["networks"].items()
        }
        return cls(stages, sides["a"], sides["b"], names)

    def sees_window(self, direction: str) -> bool:
        """Return whether the map of a direction sees a window of positions, not one alone."""
        return self.names.get(direction, "").endswith(WINDOW)

    def chain(self, direction: str) -> nn.ModuleDict:
        """Return the stages of a direction, in their order."""
        return cast(nn.ModuleDict, self.maps[direction])

    def stages(self, activations: Tensor, direction: str = "a_to_b") -> dict[str, Tensor]:
        """Return the output of every stage for measured activations (n, m), by the stage's name.

        Of a map that ``sees_window``, they are windows (n, (2 c + 1) m): ``layout.windows``.
        """
        source, _ = self.ends(direction)
        times = 1 + 2 * source.layout.context * self.sees_window(direction)
        expected = source.layout.width * times
        if activations.ndim != 2 or activations.shape[1] != expected:
            what = "components" if source.layout.components else "measured neurons"
            raise DataError(
                f"{direction}: {source.name} has {expected} {what}, "
                f"got activations of shape {tuple(activations.shape)}"
            )
        seen: dict[str, Tensor] = {}
        for name, stage in self.chain(direction).items():
            activations = seen[name] = stage(activations)
        return seen

    def forward(self, activations: Tensor, direction: str = "a_to_b") -> Tensor:
        """Map measured activations (n, m) to all neurons (n, t) of the target's layers.

        If principal components are measured, ``networks[…].layout.measure`` takes all neurons of
        the source (n, t) to them; a stitched network does it itself.
        Differentiable; rows are independent. Raises ``DataError`` if m is wrong.
        """
        return list(self.stages(activations, direction).values())[-1]

    def stitch(
        self, net_a: nn.Module, net_b: nn.Module, direction: str = "a_to_b"
    ) -> StitchedNetwork:
        """Return the network: front of the source, this map, back of the target."""
        source, target = self.ends(direction)
        front, back = (net_a, net_b) if direction == "a_to_b" else (net_b, net_a)
        chain = nn.Sequential(*self.chain(direction).values())
        dtype = getattr(torch, target.input_dtype) if target.input_dtype else None
        ends = source.layout, target.layout, target.input_shape, dtype
        return StitchedNetwork(front, chain, back, *ends, self.sees_window(direction))

    def ends(self, direction: str) -> tuple[Measured, Measured]:
        """Return the descriptions of the source and the target of a direction."""
        if direction not in DIRECTIONS:
            raise DataError(f"no direction {direction!r}; {nearest(direction, DIRECTIONS)}")
        source, target = DIRECTIONS[direction]
        return self.networks[source], self.networks[target]


def save_maps(
    writer: Writer,
    maps: Mapping[str, Mapping],
    a: Measured,
    b: Measured,
    left_out: Mapping[str, str] = MappingProxyType({}),
    chosen: Chosen | None = None,
) -> None:
    """Write fitted maps as arrays ``{map}/{direction}/{stage}/{array}``, and describe them.

    ``left_out`` are the maps that could not be fitted, with the reasons; ``chosen`` is the default
    map of each direction.
    """
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
    if left_out:
        writer.attributes["left_out"] = dict(left_out)
    if chosen is not None:
        writer.attributes |= chosen.plain()
    sides = {"a": a, "b": b}
    writer.attributes["networks"] = {side: measured.plain() for side, measured in sides.items()}
    for side, measured in sides.items():
        if measured.layout.components:
            for array, values in measured.layout.components.arrays.items():
                writer.array(f"components/{side}/{array}", values, ARRAYS[array])

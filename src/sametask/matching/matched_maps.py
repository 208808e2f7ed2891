"""The maps between networks that share only a few inputs, and the regressions to compare with.

What is matched is as good as paired: every map can be fitted to the samples of the source and
their places on the target, and stands in the table beside the same map fitted to the shared
inputs alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from torch import Tensor, nn

from sametask.base.errors import DataError
from sametask.base.relations import DIRECTIONS
from sametask.maps.affine import Affine
from sametask.maps.baselines import direct_rbf_map, mean_map
from sametask.maps.fitting import regressions
from sametask.maps.routes import (
    Side,
    coordinates_of,
    encoder_of,
    intrinsic_route,
    thesis_route,
    turned,
)
from sametask.matching.candidates import Shared
from sametask.statistics.procrustes import procrustes

# Fewer pairs than these leave nothing to choose a penalty or a number of neighbours by.
FEWEST = 2


@dataclass(frozen=True)
class Dense:
    """What matching hands over: the rotation (k, k), the spectral one before it, and places.

    ``places`` has for each direction the target's side at the places of the source's samples.
    """

    rotation: Tensor
    spectral: Tensor
    places: Mapping[str, Side]


def _rows(side: Side, rows: Tensor) -> Side:
    return Side(side.measured[rows], side.whole[rows])


def shared_maps(source: Side, target: Side) -> dict[str, Mapping[str, nn.Module]]:
    """Fit to shared inputs alone every baseline that so few pairs allow: ``{map: stages}``."""
    if len(source.measured) < FEWEST:
        return {}
    fitted = regressions(source, target)
    try:
        fitted["direct_rbf"] = direct_rbf_map(source.measured, target.whole)
    except DataError as error:
        logging.getLogger(__name__).info("direct_rbf left out: %s", error)
    return fitted


def intrinsic_maps(
    source: Side, target: Side, rotations: Mapping[str, Tensor], smoothing: float | str
) -> dict[str, dict[str, nn.Module]]:
    """Return the intrinsic route with every rotation (k, k): that of all places first.

    Source and target are samples of their own, and may be of different numbers.
    """
    name, *others = rotations
    route = intrinsic_route(encoder_of(source, smoothing), target, rotations[name], smoothing)
    return {name: route, **{other: turned(route, rotations[other]) for other in others}}


def dense_maps(
    source: Side, places: Side, intrinsic: Mapping[str, nn.Module], smoothing: float | str
) -> dict[str, Mapping[str, nn.Module]]:
    """Fit to the source's samples and their places on the target: ``{dense_map: stages}``.

    The route of the thesis has the encoder and the rotation of the ``intrinsic`` one.
    """
    encoder, rotation = intrinsic["encoder"], cast(Affine, intrinsic["rotation"]).matrix
    fitted = {
        "direct_rbf": direct_rbf_map(source.measured, places.whole),
        **regressions(source, places),
        "thesis": thesis_route(encoder, source, places, rotation, smoothing),
    }
    return {f"dense_{name}": stages for name, stages in fitted.items()}


def fit_matched_maps(
    a: Side, b: Side, shared: Shared, dense: Dense | None, smoothing: float | str
) -> dict[str, dict]:
    """Fit every map in both directions: ``{map: {direction: stages}}``.

    Sides hold each network's own samples; ``dense`` is ``None`` where no match was found, and
    only what the shared inputs allow is fitted. A map is there in both directions or in none.
    """
    maps: dict[str, dict] = {}
    if dense is not None:
        width = len(dense.rotation)
        a, b = (_narrowed(side, width) for side in (a, b))
        turns = {"intrinsic": dense.rotation, "intrinsic_zoomout": dense.spectral}
        if len(shared.a):
            pairs = coordinates_of(a)[shared.a], coordinates_of(b)[shared.b]
            turns["intrinsic_pairs"] = procrustes(*pairs)
    sides, rows = {"a": a, "b": b}, {"a": shared.a, "b": shared.b}
    for direction, (start, end) in DIRECTIONS.items():
        source, target = sides[start], sides[end]
        # Its mean over its own samples is known of any network.
        fitted = {"mean": mean_map(source.measured, target.whole)}
        fitted |= shared_maps(_rows(source, rows[start]), _rows(target, rows[end]))
        if dense is not None:
            ways = turns if direction == "a_to_b" else {k: v.mT for k, v in turns.items()}
            fitted |= intrinsic_maps(source, target, ways, smoothing)
            places = _narrowed(dense.places[direction], width)
            fitted |= dense_maps(source, places, fitted["intrinsic"], smoothing)
        for name, stages in fitted.items():
            maps.setdefault(name, {})[direction] = stages
    return {name: both for name, both in maps.items() if len(both) == len(DIRECTIONS)}


def _narrowed(side: Side, width: int) -> Side:
    return Side(side.measured, side.whole, coordinates_of(side)[:, :width])

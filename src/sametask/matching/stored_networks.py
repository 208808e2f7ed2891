"""Matching from the stores of two networks that have samples of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sametask.activations.layout import Layout
from sametask.base.errors import DataError
from sametask.base.relations import DIRECTIONS
from sametask.geometry.metric import mahalanobis_distances
from sametask.maps.routes import Side
from sametask.maps.stored_sides import read_side
from sametask.matching.candidates import Embedded, Shared
from sametask.matching.match import match
from sametask.matching.matched_maps import Dense, fit_matched_maps
from sametask.matching.spectral import decay_rates
from sametask.matching.study import Probed, Rows
from sametask.storage.store import Store


def read(store: Store, name: str) -> Tensor:
    """Return an array in double precision."""
    return torch.from_numpy(store[name]).double()


@dataclass(frozen=True)
class Own:
    """One network: all neurons (N, t) of its layers at its own samples, and its embedding."""

    whole: Tensor
    embedded: Embedded


def read_own(activations: Store, geometry: Store, diffusion: Store) -> Own:
    """Read one network; distances are computed anew, from what they were computed from."""
    samples, frames = read(activations, "fit/samples"), read(geometry, "whitening")
    sigma = geometry.attributes["sigma"]
    embedded = Embedded.of(
        samples,
        mahalanobis_distances(samples, frames, sigma),
        read(diffusion, "eigenvectors"),
        decay_rates(read(diffusion, "eigenvalues"), diffusion.attributes["bandwidth"]),
        frames,
        sigma,
    )
    return Own(read(activations, "fit/layers"), embedded)


def match_stored(
    stores: Mapping[str, Store], anchors: int, threshold: float
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the arrays of a match, none where it is not found, and the facts of the search.

    ``stores`` are ``activations``, ``geometry`` and ``diffusion`` of both sides, by role. The first
    ``anchors`` fit samples are shared. The arrays are both rotations (k, k), and the coordinates
    and layers that the target has at the places of the source's samples. Raises ``DataError`` where
    a network has no diffusion map, or ``read_own`` finds none.
    """
    diffusion = {side: stores[f"diffusion_{side}"] for side in ("a", "b")}
    if failed := "; ".join(one.failed for one in diffusion.values() if one.failed):
        raise DataError(f"no diffusion map: {failed}")
    own = {
        side: read_own(stores[f"activations_{side}"], stores[f"geometry_{side}"], embedded)
        for side, embedded in diffusion.items()
    }
    rows = torch.arange(anchors)
    result = match(own["a"].embedded, own["b"].embedded, Shared(rows, rows), threshold)
    matched = result.matched
    if matched is None or not result.found:
        return {}, result.facts(threshold)
    arrays = {"rotation": matched.rotation, "zoomout": matched.spectral}
    places = {"a_to_b": matched.forward, "b_to_a": matched.backward}
    for direction, (_, end) in DIRECTIONS.items():
        target = own[end]
        for name, values in (
            ("coordinates", target.embedded.coordinates),
            ("layers", target.whole),
        ):
            arrays[f"{direction}/{name}"] = target.embedded.chart.carry(values, places[direction])
    return arrays, result.facts(threshold)


def _dense(aligned: Store, layouts: Mapping[str, Layout]) -> Dense | None:
    """Return what was matched, or ``None`` where no match was found."""
    if not aligned.attributes["found"]:
        return None
    places = {}
    for direction, (_, end) in DIRECTIONS.items():
        whole = read(aligned, f"{direction}/layers")
        coordinates = read(aligned, f"{direction}/coordinates")
        places[direction] = Side(layouts[end].measure(whole), whole, coordinates)
    return Dense(read(aligned, "rotation"), read(aligned, "zoomout"), places)


def fit_stored_match(
    stores: Mapping[str, Store], smoothing: float | str
) -> tuple[dict[str, dict[str, Mapping[str, nn.Module]]], dict[str, str]]:
    """Return what ``fit_matched_maps`` fits, and why there is no intrinsic map, if there is none.

    ``stores`` are ``alignment``, and ``activations`` and ``diffusion`` of both sides, by role.
    """
    recorded = {side: stores[f"activations_{side}"] for side in ("a", "b")}
    sides = {side: read_side(one, stores[f"diffusion_{side}"]) for side, one in recorded.items()}
    layouts = {side: Layout.from_plain(one.attributes["layout"]) for side, one in recorded.items()}
    aligned = stores["alignment"]
    dense, rows = _dense(aligned, layouts), torch.arange(aligned.attributes["anchors"])
    maps = fit_matched_maps(sides["a"], sides["b"], Shared(rows, rows), dense, smoothing)
    reasons = "; ".join(aligned.attributes["reasons"])
    return maps, {} if dense else {"intrinsic": f"no match was found: {reasons}"}


def _rows(recorded: Store, local: Store, part: str, whitening: str) -> Rows:
    """Read some samples of one network; a layer that has no geometry has no local direction."""
    measured, whole = (read(recorded, f"{part}/{kind}") for kind in ("samples", "layers"))
    none = measured.new_zeros(*measured.shape, 0)
    return Rows(measured, whole, none if local.failed else read(local, whitening))


def probe(stores: Mapping[str, Store], side: str, anchors: int) -> Probed:
    """Read one side for a study: its own samples, without the ``anchors`` that it shares; the pool.

    ``stores`` are ``activations`` and ``geometry`` of the side, by role.
    """
    recorded, local = stores[f"activations_{side}"], stores[f"geometry_{side}"]
    fit = _rows(recorded, local, "fit", "whitening")
    pool = _rows(recorded, local, "pool", "pool/whitening")
    own = fit[torch.arange(anchors, len(fit.measured))]
    test, test_whole = (read(recorded, f"test/{name}") for name in ("samples", "layers"))
    return Probed(own, pool, test, test_whole, local.attributes["sigma"])

"""Match two networks that have their own samples, from stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sametask.activations.layout import Layout
from sametask.activations.stored import read_array, read_layout
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
from sametask.storage.related import why_failed
from sametask.storage.store import Store


@dataclass(frozen=True)
class OwnSamples:
    """A network on its own samples: all neurons (N, t) of its layers, and its embedding."""

    whole: Tensor
    embedded: Embedded


def read_network(activations: Store, geometry: Store, diffusion: Store) -> OwnSamples:
    """Read one network; distances are computed again, because they are not stored."""
    samples, frames = read_array(activations, "fit/samples"), read_array(geometry, "whitening")
    sigma = geometry.attributes["sigma"]
    embedded = Embedded.of(
        samples,
        mahalanobis_distances(samples, frames, sigma),
        read_array(diffusion, "eigenvectors"),
        decay_rates(read_array(diffusion, "eigenvalues"), diffusion.attributes["bandwidth"]),
        frames,
        sigma,
    )
    return OwnSamples(read_array(activations, "fit/layers"), embedded)


def match_stored(
    stores: Mapping[str, Store], anchors: int, threshold: float
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the arrays of a match, none if it is not found, and the attributes of the search.

    ``stores``, by role, are ``activations``, ``geometry`` and ``diffusion`` of both sides. The
    first ``anchors`` fit samples are shared. The arrays are both rotations (k, k), and coordinates
    and layers of the target at the places of the source's samples. Raises ``DataError`` if a
    network has no diffusion map.
    """
    diffusion = {side: stores[f"diffusion_{side}"] for side in ("a", "b")}
    if failed := why_failed(*diffusion.values()):
        raise DataError(f"no diffusion map: {failed}")
    networks = {
        side: read_network(stores[f"activations_{side}"], stores[f"geometry_{side}"], embedded)
        for side, embedded in diffusion.items()
    }
    rows = torch.arange(anchors)
    result = match(networks["a"].embedded, networks["b"].embedded, Shared(rows, rows), threshold)
    matched = result.matched
    if matched is None or not result.found:
        return {}, result.facts(threshold)
    arrays = {"rotation": matched.rotation, "zoomout": matched.spectral}
    places = {"a_to_b": matched.forward, "b_to_a": matched.backward}
    for direction, (_, end) in DIRECTIONS.items():
        target = networks[end]
        for name, values in (
            ("coordinates", target.embedded.coordinates),
            ("layers", target.whole),
        ):
            arrays[f"{direction}/{name}"] = target.embedded.chart.carry(values, places[direction])
    return arrays, result.facts(threshold)


def _dense(aligned: Store, layouts: Mapping[str, Layout]) -> Dense | None:
    """Return the stored match, or ``None`` if no match was found."""
    if not aligned.attributes["found"]:
        return None
    places = {}
    for direction, (_, end) in DIRECTIONS.items():
        whole = read_array(aligned, f"{direction}/layers")
        coordinates = read_array(aligned, f"{direction}/coordinates")
        places[direction] = Side(layouts[end].measure(whole), whole, coordinates)
    return Dense(read_array(aligned, "rotation"), read_array(aligned, "zoomout"), places)


def fit_stored_match(
    stores: Mapping[str, Store], smoothing: float | str
) -> tuple[dict[str, dict[str, Mapping[str, nn.Module]]], dict[str, str]]:
    """Return the maps of ``fit_matched_maps``, and the reason if there is no intrinsic map.

    ``stores``, by role, are ``alignment``, and ``activations`` and ``diffusion`` of both sides.
    """
    recorded = {side: stores[f"activations_{side}"] for side in ("a", "b")}
    sides = {
        side: read_side(store, stores[f"diffusion_{side}"]) for side, store in recorded.items()
    }
    layouts = {side: read_layout(store) for side, store in recorded.items()}
    aligned = stores["alignment"]
    dense, rows = _dense(aligned, layouts), torch.arange(aligned.attributes["anchors"])
    maps = fit_matched_maps(sides["a"], sides["b"], Shared(rows, rows), dense, smoothing)
    reasons = "; ".join(aligned.attributes["reasons"])
    return maps, {} if dense else {"intrinsic": f"no match was found: {reasons}"}


def _rows(recorded: Store, local: Store, part: str, whitening: str) -> Rows:
    """Read some samples of a network; a layer without geometry has no local directions."""
    measured, whole = (read_array(recorded, f"{part}/{kind}") for kind in ("samples", "layers"))
    none = measured.new_zeros(*measured.shape, 0)
    return Rows(measured, whole, none if local.failed else read_array(local, whitening))


def probe(stores: Mapping[str, Store], side: str, anchors: int) -> Probed:
    """Read one side for a study: its own samples without the shared ``anchors``, and the pool.

    ``stores``, by role, are ``activations`` and ``geometry`` of the side.
    """
    recorded, local = stores[f"activations_{side}"], stores[f"geometry_{side}"]
    fit = _rows(recorded, local, "fit", "whitening")
    pool = _rows(recorded, local, "pool", "pool/whitening")
    unshared = fit[torch.arange(anchors, len(fit.measured))]
    test, test_whole = (read_array(recorded, f"test/{name}") for name in ("samples", "layers"))
    return Probed(unshared, pool, test, test_whole, local.attributes["sigma"])

"""Fit every map between networks that share a few inputs, both ways."""

import torch

from sametask.base.relations import DIRECTIONS
from sametask.jobs.job import job
from sametask.maps.routes import Side
from sametask.maps.transformation import Measured, save_maps
from sametask.matching.candidates import Shared
from sametask.matching.matched_maps import Dense, fit_matched_maps
from sametask.matching.stored_networks import read
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def _read_side(name, activations, diffusion):
    """Return one network's own samples, what was measured, and the digests of its stores."""
    recorded = store.open_store(activations, "activations")
    embedded = store.open_store(diffusion, "diffusion")
    store.require_parents(embedded, activations=recorded.digest)
    coordinates = None if embedded.failed else read(embedded, "eigenvectors")
    side = Side(read(recorded, "fit/samples"), read(recorded, "fit/layers"), coordinates)
    return side, Measured.of(name, recorded.attributes), recorded.digest, embedded.digest


def _read_dense(aligned, measured):
    """Return what was matched, or nothing where no match was found."""
    if not aligned.attributes["found"]:
        return None
    places = {}
    for direction, (_, end) in DIRECTIONS.items():
        whole = read(aligned, f"{direction}/layers")
        coordinates = read(aligned, f"{direction}/coordinates")
        places[direction] = Side(measured[end].layout.measure(whole), whole, coordinates)
    return Dense(read(aligned, "rotation"), read(aligned, "zoomout"), places)


def fit_matched(sides, alignment, output, smoothing, provenance):
    """Write transformation.zarr; ``sides`` has name, activations and diffusion of a and b."""
    a, measured_a, activations_a, diffusion_a = _read_side(*sides["a"])
    b, measured_b, activations_b, diffusion_b = _read_side(*sides["b"])
    aligned = store.open_store(alignment, "alignment")
    store.require_parents(aligned, a=diffusion_a, b=diffusion_b)
    rows = torch.arange(aligned.attributes["anchors"])
    dense = _read_dense(aligned, {"a": measured_a, "b": measured_b})
    maps = fit_matched_maps(a, b, Shared(rows, rows), dense, smoothing)
    reasons = "; ".join(aligned.attributes["reasons"])
    left_out = {} if dense else {"intrinsic": f"no match was found: {reasons}"}
    parents = {"alignment": aligned.digest, "a": activations_a, "b": activations_b}
    with store.create(output, "transformation", parents=parents, provenance=provenance) as writer:
        save_maps(writer, maps, measured_a, measured_b, left_out)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, names = snakemake.input, snakemake.wildcards
        fit_matched(
            {
                side: (names[side], given[f"activations_{side}"], given[f"diffusion_{side}"])
                for side in ("a", "b")
            },
            given.alignment,
            snakemake.output[0],
            snakemake.params.smoothing,
            origin(snakemake.rule, snakemake.params),
        )

"""Match two networks' samples, which are their own but for the shared inputs."""

import torch

from sametask.base.errors import DataError
from sametask.jobs.job import job, warn
from sametask.matching.candidates import Shared
from sametask.matching.match import match, no_match
from sametask.matching.stored_networks import read_own
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def _open(activations, geometry, diffusion):
    """Open one network's stores, which must belong together."""
    kinds = ("activations", "geometry", "diffusion")
    opened = [
        store.open_store(path, kind)
        for path, kind in zip((activations, geometry, diffusion), kinds, strict=True)
    ]
    store.require_parents(opened[1], activations=opened[0].digest)
    store.require_parents(opened[2], activations=opened[0].digest, geometry=opened[1].digest)
    return opened


def _write_places(writer, direction, target, places):
    """Write where the source's samples are on the target: its coordinates and layers there."""
    chart, end = target.embedded.chart, direction[-1]
    for name, values in (("coordinates", target.embedded.coordinates), ("layers", target.whole)):
        axes = [f"sample_{direction[0]}", f"{name}_{end}"]
        writer.array(f"{direction}/{name}", chart.carry(values, places), axes)


def _match(opened, anchors, threshold):
    """Return both networks as matching takes them, and the match; only why not if these fail."""
    rows = torch.arange(anchors)
    try:
        if failed := "; ".join(stores[2].failed for stores in opened.values() if stores[2].failed):
            raise DataError(f"no diffusion map: {failed}")
        own = {side: read_own(*stores) for side, stores in opened.items()}
        return own, match(own["a"].embedded, own["b"].embedded, Shared(rows, rows), threshold)
    except DataError as error:
        warn(f"no match: {error}")
        return {}, no_match(str(error))


def match_samples(sides, output, anchors, threshold, provenance):
    """Write alignment.zarr; ``sides`` has activations, geometry and diffusion of a and b."""
    opened = {side: _open(*paths) for side, paths in sides.items()}
    shared = opened["a"][0].parents["shared"]
    store.require_parents(opened["b"][0], shared=shared)
    own, found = _match(opened, anchors, threshold)
    parents = {"shared": shared, **{side: stores[2].digest for side, stores in opened.items()}}
    with store.create(output, "alignment", parents=parents, provenance=provenance) as writer:
        facts = found.facts(threshold) | {"anchors": anchors}
        if found.found:
            matched = found.matched
            writer.array("rotation", matched.rotation, ["coordinate_a", "coordinate_b"])
            writer.array("zoomout", matched.spectral, ["coordinate_a", "coordinate_b"])
            _write_places(writer, "a_to_b", own["b"], matched.forward)
            _write_places(writer, "b_to_a", own["a"], matched.backward)
        writer.attributes |= facts


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given = snakemake.input
        match_samples(
            {
                side: [given[f"{kind}_{side}"] for kind in ("activations", "geometry", "diffusion")]
                for side in ("a", "b")
            },
            snakemake.output[0],
            snakemake.params.anchors,
            snakemake.params.threshold,
            origin(snakemake.rule, snakemake.params),
        )

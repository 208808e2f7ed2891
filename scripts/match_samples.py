"""Match the samples of two networks that share only a few inputs."""

from collections.abc import Mapping
from typing import Any

from sametask.base.errors import DataError
from sametask.jobs.job import job, warn
from sametask.matching.match import no_match
from sametask.matching.stored_networks import match_stored
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of

AXES = {
    "rotation": ["coordinate_a", "coordinate_b"],
    "zoomout": ["coordinate_a", "coordinate_b"],
    "a_to_b/coordinates": ["sample_a", "coordinates_b"],
    "a_to_b/layers": ["sample_a", "layers_b"],
    "b_to_a/coordinates": ["sample_b", "coordinates_a"],
    "b_to_a/layers": ["sample_b", "layers_a"],
}


def match_samples(
    paths: Mapping[str, str],
    output: str,
    anchors: int,
    threshold: float,
    provenance: Mapping[str, Any],
) -> None:
    """Write alignment.zarr; ``paths`` are those of stores by role."""
    stores = open_related(paths)
    try:
        arrays, facts = match_stored(stores, anchors, threshold)
    except DataError as error:
        warn(f"no match: {error}")
        arrays, facts = {}, no_match(str(error)).facts(threshold)
    shared = {"shared": stores["activations_a"].parents["shared"]}
    parents = shared | parents_of("alignment", stores)
    with store.create(output, "alignment", parents=parents, provenance=provenance) as writer:
        for name, values in arrays.items():
            writer.array(name, values, AXES[name])
        writer.attributes |= {**facts, "anchors": anchors}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        match_samples(
            of_kinds(snakemake.input, "activations", "geometry", "diffusion"),
            snakemake.output[0],
            snakemake.params.anchors,
            snakemake.params.threshold,
            origin(snakemake.rule, snakemake.params),
        )

"""Measure every map against the number of shared inputs, over random choices of them."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.sample_sections import Study
from sametask.config.sections.stage_sections import Diffusion
from sametask.jobs.job import job
from sametask.matching.stored_networks import probe
from sametask.matching.study import study
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.related import of_kinds, open_related, parents_of


def study_sharing(
    paths: Mapping[str, str],
    output: str,
    sizes: Study,
    anchors: int,
    settings: Diffusion,
    threshold: float,
    seed: int,
    threads: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write study.zarr; ``paths`` are of stores by role, ``sizes`` is the section ``study``."""
    stores = open_related(paths)
    networks = {side: probe(stores, side, anchors) for side in ("a", "b")}
    counts, number = sizes.anchors, sizes.choices
    arrays, facts = study(networks, counts, number, settings, threshold, seed, threads)
    parents = parents_of("study", stores)
    with store.create(output, "study", parents=parents, provenance=provenance) as writer:
        for name, values in arrays.items():
            writer.array(name, values, ["count", "choice"])
        writer.attributes |= facts


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        params = snakemake.params
        study_sharing(
            of_kinds(snakemake.input, "activations", "geometry"),
            snakemake.output[0],
            Study(**params.study),
            params.anchors,
            Diffusion(**params.settings),
            params.threshold,
            params.seed,
            snakemake.threads,
            origin(snakemake.rule, params),
        )

"""Measure every map against the number of shared inputs, over random choices of them."""

import numpy as np
import torch

from sametask.base.relations import DIRECTIONS
from sametask.config.input_sections import Study
from sametask.config.stage_sections import Diffusion
from sametask.jobs.job import job
from sametask.jobs.workers import on_workers
from sametask.matching.match import RIGHT
from sametask.matching.stored_networks import read
from sametask.matching.study import MAPS, Probed, Rows, choices, judge_choice
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def _rows(recorded, local, part, name):
    """Read some samples of one network; a layer that has no geometry has no local direction."""
    measured, whole = (read(recorded, f"{part}/{kind}") for kind in ("samples", "layers"))
    none = measured.new_zeros(*measured.shape, 0)
    return Rows(measured, whole, none if local.failed else read(local, name))


def _probed(activations, geometry, anchors):
    """Read one network: its own samples without the shared ones, the pool, held-out samples."""
    recorded = store.open_store(activations, "activations")
    local = store.open_store(geometry, "geometry")
    store.require_parents(local, activations=recorded.digest)
    fit = _rows(recorded, local, "fit", "whitening")
    pool = _rows(recorded, local, "pool", "pool/whitening")
    own = fit[torch.arange(anchors, len(fit.measured))]
    held_out = (read(recorded, f"test/{name}") for name in ("samples", "layers"))
    return Probed(own, pool, *held_out, local.attributes["sigma"]), recorded


def study_sharing(sides, output, study, anchors, settings, threshold, seed, threads, provenance):
    """Write study.zarr; ``sides`` has activations and geometry of a and b."""
    opened = {side: _probed(*paths, anchors) for side, paths in sides.items()}
    networks = {side: probed for side, (probed, _) in opened.items()}
    pool, counts = len(networks["a"].pool.measured), study.anchors
    chosen_rows = choices(pool, counts, study.choices, seed)
    calls = [(networks, chosen, settings, threshold) for chosen in chosen_rows]
    rows = list(on_workers(judge_choice, calls, threads, "choices"))
    shape = len(counts), study.choices
    parents = {side: recorded.digest for side, (_, recorded) in opened.items()}
    with store.create(output, "study", parents=parents, provenance=provenance) as writer:
        for name in ("found", "right", "confidence", "stress"):
            values = np.array([row[name] for row in rows]).reshape(shape)
            writer.array(name, values, ["count", "choice"])
        for key in ((name, direction) for name in MAPS for direction in DIRECTIONS):
            values = np.array([row["errors"].get(key, np.nan) for row in rows]).reshape(shape)
            writer.array(f"errors/{key[0]}/{key[1]}", values, ["count", "choice"])
        wrong = sum(row["found"] and not row["right"] for row in rows)
        facts = {"counts": counts, "choices": study.choices, "maps": list(MAPS)}
        writer.attributes |= {**facts, "wrong": wrong, "right_below": RIGHT}


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        given, params = snakemake.input, snakemake.params
        study_sharing(
            {
                side: (given[f"activations_{side}"], given[f"geometry_{side}"])
                for side in ("a", "b")
            },
            snakemake.output[0],
            Study(**params.study),
            params.anchors,
            Diffusion(**params.settings),
            params.threshold,
            params.seed,
            snakemake.threads,
            origin(snakemake.rule, params),
        )

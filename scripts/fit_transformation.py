"""Fit every map between two networks, in both directions, on the same paired samples."""

import torch

from sametask.activations.slices import sample_groups
from sametask.jobs.job import job
from sametask.maps.fitting import fit_maps
from sametask.maps.routes import Side, filled_maps
from sametask.maps.transformation import Measured, save_maps
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def _read_side(name, samples, activations, diffusion):
    """Return one network's paired samples, what was measured, and the digests of its stores."""
    drawn = store.open_store(samples, "samples")
    recorded = store.open_store(activations, "activations")
    embedded = store.open_store(diffusion, "diffusion")
    store.require_parents(recorded, samples=drawn.digest)
    store.require_parents(embedded, activations=recorded.digest)
    arrays = [recorded["fit/samples"], recorded["fit/layers"]]
    arrays += [embedded.get(name) for name in ("eigenvectors", "euclidean/eigenvectors")]
    tensors = (None if one is None else torch.from_numpy(one).double() for one in arrays)
    groups = sample_groups(recorded, "fit")
    side = Side(*tensors, groups=None if groups is None else torch.from_numpy(groups))
    measured = Measured.of(name, recorded.attributes)
    return side, measured, recorded.digest, embedded.digest


def fit_transformation(sides, alignment, output, settings, seed, provenance):
    """Write transformation.zarr; ``sides`` has name, samples, activations, diffusion of a and b."""
    a, measured_a, activations_a, diffusion_a = _read_side(*sides["a"])
    b, measured_b, activations_b, diffusion_b = _read_side(*sides["b"])
    aligned = store.open_store(alignment, "alignment")
    store.require_parents(aligned, a=diffusion_a, b=diffusion_b)
    rotation = None if aligned.failed else torch.from_numpy(aligned["rotation"])
    fitted = fit_maps(a, b, rotation, settings["smoothing"], seed, aligned.failed)
    layouts = {"a_to_b": measured_b.layout, "b_to_a": measured_a.layout}
    maps = fitted.maps | filled_maps(fitted.maps, layouts, settings["fill"])
    parents = {"alignment": aligned.digest, "a": activations_a, "b": activations_b}
    with store.create(output, "transformation", parents=parents, provenance=provenance) as writer:
        save_maps(writer, maps, measured_a, measured_b, fitted.left_out)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given = snakemake.input
        fit_transformation(
            {
                side: (
                    snakemake.wildcards[side],
                    given.samples,
                    given[f"activations_{side}"],
                    given[f"diffusion_{side}"],
                )
                for side in ("a", "b")
            },
            given.alignment,
            snakemake.output[0],
            snakemake.params.settings,
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

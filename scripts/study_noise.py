"""Study what noise on weights, or on their codes, leaves of what autoencoders give back."""

from collections.abc import Mapping, Sequence
from typing import Any

from sametask.jobs.job import job
from sametask.populations.stored import StoredPopulation
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.weights.autoencoders import LEARNED_AT
from sametask.weights.noise_study import RATIOS, Held, findings, sweep
from sametask.weights.questions import ask, divided
from sametask.weights.stored_codes import StoredCodes, weights_in


def study_noise(
    paths: Mapping[str, str],
    codes: Sequence[str],
    output: str,
    seed: int,
    provenance: Mapping[str, Any],
) -> None:
    """Write noise.zarr: R² of three autoencoders under noise, and what follows."""
    population = StoredPopulation.read(paths["population"])
    stored = [StoredCodes.read(one, population) for one in codes]
    test = divided(population.split, seed).test
    weights = weights_in(stored[0].named.frame, population, paths)[test]
    held = Held(weights, ask(population, "accuracy", seed).counted[test])
    swept = sweep([one.autoencoder(population.layers) for one in stored], held, seed)
    parents = {"population": population.store.digest}
    with store.create(output, "noise", parents=parents, provenance=provenance) as writer:
        writer.array("r2", swept.r2, ["autoencoder", "place", "ratio", "end"])
        writer.array("more", swept.more, ["other", "place", "ratio", "end"])
        writer.array("by_checkpoint", swept.by_checkpoint, ["autoencoder", "place", "checkpoint"])
        writer.attributes |= {
            "autoencoders": [one.name for one in stored],
            "ratios": list(RATIOS),
            "learned_at": LEARNED_AT,
            "findings": findings(swept),
        }


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        study_noise(
            dict(snakemake.input.items()),
            snakemake.input.codes,
            snakemake.output[0],
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

"""Study what an autoencoder by attention attends to among the units of networks."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.populations.stored import StoredPopulation
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.weights.attention_study import attend, findings, of_the_end
from sametask.weights.questions import ask, divided
from sametask.weights.stored_codes import StoredCodes, weights_in


def study_attention(
    paths: Mapping[str, str], output: str, seed: int, provenance: Mapping[str, Any]
) -> None:
    """Write attention.zarr: maps of held-out networks, how alike they are, and what follows."""
    population = StoredPopulation.read(paths["population"])
    stored = StoredCodes.read(paths["codes"], population)
    weights = weights_in(stored.named.frame, population, paths)
    model, test = stored.autoencoder(population.layers), divided(population.split, seed).test
    accuracy, outputs = ask(population, "accuracy", seed), len(population.layers[-1].of_units)
    found = attend(model, weights, accuracy, test, seed)
    last = attend(model, weights, of_the_end(accuracy), test, seed)
    parents = {"population": population.store.digest, "codes": stored.store.digest}
    with store.create(output, "attention", parents=parents, provenance=provenance) as writer:
        for name in ("network", "checkpoint", "accuracy"):
            writer.array(name, getattr(found, name), ["map"])
        for block, maps in found.maps.items():
            writer.array(f"maps/{block}", maps, ["map", "head", "row", "column"])
            writer.array(f"correlations/{block}", found.correlations[block], ["map", "other"])
        said = {
            "findings": findings(found, outputs, seed),
            "findings_last": findings(last, outputs, seed),
        }
        writer.attributes |= {"autoencoder": stored.name, **said}


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        study_attention(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.params.seed,
            origin(snakemake.rule, snakemake.params),
        )

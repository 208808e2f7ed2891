"""Put the weights of every network of a population into a few numbers, and take them back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sametask.config.sections.codes_section import Codes
from sametask.config.sections.population_section import Population
from sametask.jobs.job import job
from sametask.populations.stored import CHECKPOINT, StoredPopulation
from sametask.populations.training import tested_on, trained_on
from sametask.storage import store
from sametask.storage.provenance import provenance as origin
from sametask.storage.store import open_store
from sametask.weights.autoencoders import autoencoder_named
from sametask.weights.compression import learn
from sametask.weights.questions import ask, divided
from sametask.weights.reconstruction import codes, judge
from sametask.weights.rows import lesson
from sametask.weights.stored_codes import weights_in, write_parameters


def encode_weights(
    paths: Mapping[str, str],
    output: str,
    name: str,
    settings: Population,
    learning: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> None:
    """Write codes/{autoencoder}.zarr: codes, and what comes back of held-out networks."""
    stores = {kind: open_store(path, kind) for kind, path in paths.items()}
    population, seed = StoredPopulation(stores["population"]), learning["seed"]
    named, asked = autoencoder_named(name), Codes(**learning["codes"])
    weights = weights_in(named.frame, population, paths)
    accuracy, networks = ask(population, "accuracy", seed), divided(population.split, seed)
    known = lesson(weights, accuracy, population, networks, trained_on(settings))
    model, curve = learn(named, known, asked, learning["steps"], seed)
    images = tested_on(settings)
    judged = judge(model, weights, population, accuracy, networks, images, seed)
    parents = {kind: one.digest for kind, one in stores.items()}
    with store.create(output, "codes", parents=parents, provenance=provenance) as writer:
        writer.array("code", codes(model, weights, population.present), [*CHECKPOINT, "number"])
        writer.array("network", networks.test, ["held_out"])
        writer.array("by_checkpoint", judged.by_checkpoint, ["checkpoint"])
        if judged.accuracy is not None:
            writer.array("accuracy", judged.accuracy, ["held_out", "checkpoint"])
        for part, values in (asdict(curve) if curve else {}).items():
            writer.array(f"curve/{part}", values, ["check"])
        write_parameters(writer, model)
        count = sum(one.numel() for one in model.parameters())
        facts = {"autoencoder": name, "settings": learning["codes"], "parameters": count}
        writer.attributes |= facts | judged.scores


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        encode_weights(
            dict(snakemake.input.items()),
            snakemake.output[0],
            snakemake.wildcards.autoencoder,
            Population(**snakemake.params.settings),
            snakemake.params.learning,
            origin(snakemake.rule, snakemake.params),
        )

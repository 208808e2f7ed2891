"""Say how well the best of all predictors tells initialisers from untrained weights."""

from sametask.jobs.job import job
from sametask.populations.stored import StoredPopulation
from sametask.storage.store import write_json
from sametask.weights.initial import simulated_limit, stored_limit
from sametask.weights.questions import divided


def limit_initialisers(path: str, output: str, seed: int) -> None:
    """Write limit.json: F1 of the most likely initialiser at epoch 0, stored and simulated."""
    population = StoredPopulation.read(path)
    networks = divided(population.split, seed).test
    limits = {
        "stored": stored_limit(population, networks, seed).plain(),
        "simulated": simulated_limit(population, seed).plain(),
    }
    write_json(output, {"classes": population.classes["initialiser"], **limits})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        limit_initialisers(
            snakemake.input.population,
            snakemake.output[0],
            snakemake.params.seed,
        )

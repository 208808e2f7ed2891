"""Tell the accuracy of networks from the codes of their weights."""

from collections.abc import Sequence

from sametask.jobs.job import job
from sametask.populations.stored import StoredPopulation
from sametask.storage.store import write_json
from sametask.weights.codes import tell_accuracy
from sametask.weights.questions import ask, divided
from sametask.weights.stored_codes import StoredCodes


def tell_from_codes(
    path: str, paths: Sequence[str], output: str, steps: int | None, seed: int
) -> None:
    """Write codes.json: R² of accuracy by autoencoder, linearly and by a network; the best."""
    population = StoredPopulation.read(path)
    stored = (StoredCodes.read(one, population) for one in paths)
    codes = {one.name: one.code for one in stored}
    accuracy, networks = ask(population, "accuracy", seed), divided(population.split, seed)
    found = tell_accuracy(codes, accuracy, population, networks, steps, seed)
    scores = {
        name: {way: told.scores for way, told in ways.items()} for name, ways in found.told.items()
    }
    write_json(output, {"chosen": found.chosen, "accuracy": scores})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        tell_from_codes(
            snakemake.input.population,
            snakemake.input.codes,
            snakemake.output[0],
            snakemake.params.steps,
            snakemake.params.seed,
        )

"""Test the verdict and similarity scores on pairs of the zoo, whose relations are known."""

from sametask.benchmark.judge import choose_pairs, halves, judge_pairs
from sametask.benchmark.summary import report
from sametask.benchmark.zoo import draw_inputs, stored_stacks, zoo_places
from sametask.config.sections.benchmark_section import SameTask
from sametask.inputs.perturbations import standard_deviation
from sametask.jobs.job import job
from sametask.storage import store


def judge_zoo(zoo: str, output: str, settings: SameTask) -> None:
    """Write benchmark.json: results of both halves, calibration, and a row for every pair."""
    stacks, seed = stored_stacks(store.open_store(zoo, "zoo"), settings), settings.seed
    sizes = settings.fit, settings.test, settings.perturbations
    places = zoo_places(stacks, draw_inputs(*sizes, settings.delta, seed))
    networks = sum(len(group.tasks) for group, _ in stacks)
    held_out = halves(networks, seed)
    rows = {}
    for number, half in enumerate(("calibration", "held_out")):
        of_half = [place for place in places if held_out[place.network] == number]
        pairs = choose_pairs(of_half, settings.pairs, seed + number)
        shuffles, sigma = settings.shuffles, standard_deviation(settings.delta)
        rows[half] = list(judge_pairs(pairs, settings.verdict, shuffles, sigma, seed))
    figures = report(rows, settings.verdict, seed)
    store.write_json(output, {"networks": networks, **figures, "pairs": rows})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        judge_zoo(snakemake.input.zoo, snakemake.output[0], SameTask(**snakemake.params.settings))

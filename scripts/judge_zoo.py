"""Test the verdict and similarity scores on pairs of the zoo, whose relations are known."""

from sametask.benchmark.judge import choose_pairs, halves, judge_pairs, judge_traps
from sametask.benchmark.summary import report
from sametask.benchmark.traps import draw_traps
from sametask.benchmark.zoo import draw_inputs, stored_stacks, zoo_places
from sametask.config.sections.benchmark_section import SameTask
from sametask.inputs.perturbations import standard_deviation
from sametask.jobs.job import job
from sametask.storage import store


def judge_zoo(zoo: str, output: str, settings: SameTask) -> None:
    """Write benchmark.json: results of both halves, calibration, and a row for every pair."""
    stacks, seed = stored_stacks(store.open_store(zoo, "zoo"), settings), settings.seed
    sizes = settings.fit, settings.test, settings.perturbations
    inputs = draw_inputs(*sizes, settings.delta, seed)
    places = zoo_places(stacks, inputs)
    networks = sum(len(group.tasks) for group, _ in stacks)
    held_out = halves(networks, seed)
    rows, traps = {}, {}
    for number, half in enumerate(("calibration", "held_out")):
        of_half = [place for place in places if held_out[place.network] == number]
        pairs = choose_pairs(of_half, settings.pairs, seed + number)
        shuffles, sigma = settings.shuffles, standard_deviation(settings.delta)
        rows[half] = list(judge_pairs(pairs, settings.verdict, shuffles, sigma, seed))
        drawn = draw_traps(settings.traps, half, inputs["fit"], seed)
        traps[half] = list(judge_traps(drawn, inputs, settings.verdict, seed))
    figures = report(rows, traps, settings.verdict, seed)
    store.write_json(output, {"networks": networks, **figures})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        judge_zoo(snakemake.input.zoo, snakemake.output[0], SameTask(**snakemake.params.settings))

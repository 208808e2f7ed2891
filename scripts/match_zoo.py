"""Match pairs of the zoo by few shared inputs, calibrate the confidence, and test it."""

from sametask.benchmark.calibration import report
from sametask.benchmark.judge import choose_pairs, halves
from sametask.benchmark.matched_pairs import match_pairs
from sametask.benchmark.zoo import draw_inputs, stored_stacks, zoo_places
from sametask.config.sections.benchmark_section import SameTask
from sametask.jobs.job import job
from sametask.storage import store

# The relations do not depend on samples: a few are enough to find the widths of layers.
FEW = {"fit": 2, "test": 2, "perturbations": 2}


def match_zoo(zoo: str, output: str, settings: SameTask, workers: int) -> None:
    """Write matching.json: the calibration, results of both halves, and a row for every pair."""
    stacks, seed = stored_stacks(store.open_store(zoo, "zoo"), settings), settings.seed
    places = zoo_places(stacks, draw_inputs(**FEW, delta=settings.delta, seed=seed))
    held_out = halves(sum(len(group.tasks) for group, _ in stacks), seed)
    chosen = {}
    for number, half in enumerate(("calibration", "held_out")):
        of_half = [place for place in places if held_out[place.network] == number]
        drawn = choose_pairs(of_half, settings.match_pairs, seed + number)
        # Matching finds the pairing itself, so that shuffled pairs are left out.
        chosen[half] = [pair for pair in drawn if not pair.shuffled]
    rows = match_pairs(stacks, [*chosen["calibration"], *chosen["held_out"]], settings, workers)
    cut = len(chosen["calibration"])
    results = {"calibration": rows[:cut], "held_out": rows[cut:]}
    store.write_json(output, report(results, settings))


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        match_zoo(
            snakemake.input.zoo,
            snakemake.output[0],
            SameTask(**snakemake.params.settings),
            snakemake.threads,
        )

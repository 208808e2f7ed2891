"""Judge pairs of the zoo whose relation is known, by the verdict and by similarity scores."""

import torch

from sametask import store
from sametask.job import job
from sametask.same_task.judge import choose_pairs, halves, judge_pairs
from sametask.same_task.summary import report
from sametask.same_task.zoo import draw_inputs, groups, zoo_places


def _stacks(zoo, settings):
    """Return every group of the zoo with its stored weights."""
    found = []
    for number, group in enumerate(groups(settings["untrained"])):
        stack = group.stack(settings["seed"]).double().requires_grad_(False)
        names = stack.state_dict()
        stack.load_state_dict({name: torch.from_numpy(zoo[f"{number}/{name}"]) for name in names})
        found.append((group, stack))
    return found


def judge_zoo(zoo, output, settings):
    """Write benchmark.json: figures of both halves, calibration, and a row for every pair."""
    stacks, seed = _stacks(store.open_store(zoo, "zoo"), settings), settings["seed"]
    places = zoo_places(stacks, draw_inputs(settings, seed))
    networks = sum(len(group.tasks) for group, _ in stacks)
    held_out = halves(networks, seed)
    rows = {}
    for number, half in enumerate(("calibration", "held_out")):
        own = [place for place in places if held_out[place.network] == number]
        pairs = choose_pairs(own, settings["pairs"], seed + number)
        shuffles, sigma = settings["shuffles"], settings["delta"] / 4
        rows[half] = list(judge_pairs(pairs, settings["verdict"], shuffles, sigma, seed))
    figures = report(rows, settings["verdict"], seed)
    store.write_json(output, {"networks": networks, **figures, "pairs": rows})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        judge_zoo(snakemake.input.zoo, snakemake.output[0], snakemake.params.settings)

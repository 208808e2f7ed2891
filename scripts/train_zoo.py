"""Train the zoo of the same-task benchmark, all networks of an architecture at once."""

import torch

from sametask import store
from sametask.job import job
from sametask.provenance import provenance as origin
from sametask.randomness import generator
from sametask.same_task.tasks import INPUTS
from sametask.same_task.zoo import groups, require_learned, task_errors, train_group

CHECKED = 4096


def train_zoo(output, settings, provenance):
    """Write zoo.zarr: weights of every group, and what its networks miss of their targets."""
    draw = generator(settings["seed"], "zoo check")
    inputs = torch.from_numpy(draw.uniform(-1, 1, (CHECKED, INPUTS)))
    with store.create(output, "zoo", provenance=provenance) as writer:
        for number, group in enumerate(groups(settings["untrained"])):
            stack = train_group(group, settings, settings["seed"])
            for name, values in stack.state_dict().items():
                writer.array(f"{number}/{name}", values, ["network"])
            if group.tasks[0] is not None:
                errors = task_errors(group, stack, inputs)
                require_learned(group, errors)
                writer.array(f"{number}/task_error", errors, ["network"])


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        train_zoo(
            snakemake.output[0],
            snakemake.params.settings,
            origin(snakemake.rule, snakemake.params),
        )

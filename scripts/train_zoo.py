"""Train the zoo of the same-task benchmark, all networks of an architecture at once."""

import torch
from joblib import Parallel, delayed

from sametask import store
from sametask.job import job
from sametask.progress import progress
from sametask.provenance import provenance as origin
from sametask.randomness import generator
from sametask.same_task.tasks import INPUTS
from sametask.same_task.zoo import groups, require_learned, task_errors, train_group

CHECKED = 4096


def _train(group, settings):
    """Train a group in a process of its own: its products are too small for two threads."""
    torch.set_num_threads(1)
    return train_group(group, settings, settings["seed"])


def train_zoo(output, settings, threads, provenance):
    """Write zoo.zarr: weights of every group, and what its networks miss of their targets."""
    zoo = groups(settings["untrained"])
    stacks = Parallel(n_jobs=threads, return_as="generator")(
        delayed(_train)(group, settings) for group in zoo
    )
    draw = generator(settings["seed"], "zoo check")
    inputs = torch.from_numpy(draw.uniform(-1, 1, (CHECKED, INPUTS)))
    with store.create(output, "zoo", provenance=provenance) as writer:
        trained = zip(progress(zoo, "groups of networks"), stacks, strict=True)
        for number, (group, stack) in enumerate(trained):
            for name, values in stack.state_dict().items():
                writer.array(f"{number}/{name}", values, ["network"])
            if group.tasks[0] is not None:
                errors = task_errors(group, stack, inputs)
                require_learned(group, errors)
                writer.array(f"{number}/task_error", errors, ["network"])


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        train_zoo(
            snakemake.output[0],
            snakemake.params.settings,
            snakemake.threads,
            origin(snakemake.rule, snakemake.params),
        )

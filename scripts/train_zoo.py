"""Train the zoo of the same-task benchmark, all networks of an architecture at once."""

from collections.abc import Mapping
from typing import Any

import torch

from sametask.base.randomness import generator
from sametask.benchmark.tasks import INPUTS
from sametask.benchmark.zoo import groups, require_learned, task_errors, train_group
from sametask.config.sections.benchmark_section import ZooTraining
from sametask.jobs.job import job
from sametask.jobs.workers import on_workers
from sametask.storage import store
from sametask.storage.provenance import provenance as origin

CHECKED = 4096


def train_zoo(
    output: str, settings: ZooTraining, threads: int, provenance: Mapping[str, Any]
) -> None:
    """Write zoo.zarr: weights of every group, and the errors of its networks on their targets."""
    zoo = groups(settings.untrained)
    calls = [(group, settings) for group in zoo]
    stacks = on_workers(train_group, calls, threads, "groups of networks")
    draw = generator(settings.seed, "zoo check")
    inputs = torch.from_numpy(draw.uniform(-1, 1, (CHECKED, INPUTS)))
    with store.create(output, "zoo", provenance=provenance) as writer:
        for number, (group, stack) in enumerate(zip(zoo, stacks, strict=True)):
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
            ZooTraining(**snakemake.params.settings),
            snakemake.threads,
            origin(snakemake.rule, snakemake.params),
        )

"""Train the task zoo: networks on real data whose tasks are known, and copies of each."""

from collections.abc import Mapping
from typing import Any

from sametask.benchmark.task_zoo.data_sets import load
from sametask.benchmark.task_zoo.recipes import recipes
from sametask.benchmark.task_zoo.training import groups, train_group
from sametask.config.sections.task_zoo_section import TaskZooTraining
from sametask.jobs.job import job
from sametask.jobs.workers import on_workers
from sametask.storage import store
from sametask.storage.provenance import provenance as origin


def train_task_zoo(
    output: str, settings: TaskZooTraining, threads: int, provenance: Mapping[str, Any]
) -> None:
    """Write zoo.zarr: the weights of all members of every group of every data set."""
    places, calls = [], []
    for place, name in enumerate(settings.data_sets):
        data = load(name, settings.seed)
        for number, group in enumerate(groups(recipes(data), data)):
            places.append(f"{place}/{number}")
            calls.append((group, data, settings))
    stacks = on_workers(train_group, calls, threads, "groups of networks")
    with store.create(output, "zoo", provenance=provenance) as writer:
        for place, stack in zip(places, stacks, strict=True):
            for name, values in stack.state_dict().items():
                writer.array(f"{place}/{name}", values, ["network"])


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        train_task_zoo(
            snakemake.output[0],
            TaskZooTraining(**snakemake.params.settings),
            snakemake.threads,
            origin(snakemake.rule, snakemake.params),
        )

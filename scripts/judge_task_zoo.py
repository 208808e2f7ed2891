"""Ask of pairs of the task zoo whether they learned the same task, and compare with the truth."""

from sametask.benchmark.task_zoo.judge import judge_pair, meetings
from sametask.benchmark.task_zoo.report import report
from sametask.benchmark.task_zoo.zoo import zoo_networks
from sametask.config.sections.task_zoo_section import TaskZoo
from sametask.jobs.job import job
from sametask.jobs.workers import on_workers
from sametask.storage import store


def judge_task_zoo(zoo: str, output: str, settings: TaskZoo, threads: int) -> None:
    """Write benchmark.json: figures of both halves, of each data set left out, and all pairs."""
    sets = list(zoo_networks(store.open_store(zoo, "zoo"), settings))
    calls = [(meeting, settings) for meeting in meetings(sets, settings)]
    pairs = [one for kinds in on_workers(judge_pair, calls, threads, "pairs") for one in kinds]
    store.write_json(output, report(sets, pairs, settings))


if "snakemake" in globals():
    with job(snakemake.log[0], 1):
        judge_task_zoo(
            snakemake.input.zoo,
            snakemake.output[0],
            TaskZoo(**snakemake.params.settings),
            snakemake.threads,
        )

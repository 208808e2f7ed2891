"""Draw the figures of the task zoo and write its page."""

from sametask.jobs.job import job
from sametask.report.pages.task_zoo import write_task_zoo
from sametask.storage.store import read_json


def render_task_zoo(figures: str, page: str, folder: str) -> None:
    """Write benchmark.html and its figures from benchmark.json."""
    write_task_zoo(read_json(figures), page, folder)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        render_task_zoo(snakemake.input.figures, *snakemake.output)

"""Draw the figures of the same-task benchmark and write its page."""

from sametask.jobs.job import job
from sametask.report.pages.benchmark import write_benchmark
from sametask.storage.store import read_json


def render_benchmark(figures: str, matching: str, page: str, folder: str) -> None:
    """Write benchmark.html and its figures from benchmark.json and matching.json."""
    write_benchmark(read_json(figures), read_json(matching), page, folder)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        render_benchmark(snakemake.input.figures, snakemake.input.matching, *snakemake.output)

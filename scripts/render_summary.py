"""Write the overview of all experiments."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from sametask.jobs.job import job
from sametask.report.pages.summary import read_experiment, write_summary


def render_summary(
    experiments: Iterable[Mapping[str, Any]],
    verdicts: Iterable[str],
    evaluations: Iterable[str],
    page: str,
) -> None:
    """Write summary.html; paths are those of the pairs of each experiment in turn."""
    verdicts, evaluations = iter(verdicts), iter(evaluations)
    read = []
    for facts in experiments:
        count = len(facts["pairs"])
        judged = islice(verdicts, count) if facts["judged"] else [None] * count
        read.append(read_experiment(facts, judged, islice(evaluations, count)))
    write_summary(read, page)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given = snakemake.input
        render_summary(
            snakemake.params.experiments, given.verdicts, given.evaluations, snakemake.output[0]
        )

"""Write the overview of all experiments."""

from itertools import islice

from sametask.job import job
from sametask.report.summary import read_experiment, write_summary


def render_summary(experiments, verdicts, evaluations, page):
    """Write summary.html; the paths are those of all pairs, experiment after experiment."""
    verdicts, evaluations = iter(verdicts), iter(evaluations)
    read = [
        read_experiment(
            facts, *(islice(paths, len(facts["pairs"])) for paths in (verdicts, evaluations))
        )
        for facts in experiments
    ]
    write_summary(read, page)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given = snakemake.input
        render_summary(
            snakemake.params.experiments, given.verdicts, given.evaluations, snakemake.output[0]
        )

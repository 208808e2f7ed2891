"""Draw the figures of sequences cut into slices of different lengths, and write their page."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from sametask.jobs.job import job
from sametask.report.pages.positions import read_cut, write_positions


def render_positions(
    experiment: str,
    cuts: Iterable[Mapping[str, Any]],
    evaluations: Iterable[str],
    page: str,
    folder: str,
) -> None:
    """Write positions.html and its figures.

    ``evaluations`` are the files of all pairs of each of ``cuts`` in turn.
    """
    evaluations = iter(evaluations)
    read = [read_cut(cut, [*islice(evaluations, cut["pairs"])]) for cut in cuts]
    write_positions(experiment, read, page, folder)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        render_positions(
            snakemake.wildcards.experiment,
            snakemake.params.cuts,
            snakemake.input.evaluations,
            *snakemake.output,
        )

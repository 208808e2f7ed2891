"""Draw the figures of an ensemble, and write the page of which neurons can be merged."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job
from sametask.report.data.ensemble import read_ensemble
from sametask.report.pages.ensemble import write_ensemble


def render_ensemble(
    paths: Mapping[str, Any], settings: Mapping[str, Any], page: str, folder: str
) -> None:
    """Write report.html and its figures from the stores of an ensemble."""
    write_ensemble(read_ensemble(paths, settings), page, folder)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        render_ensemble(dict(snakemake.input.items()), snakemake.params.settings, *snakemake.output)

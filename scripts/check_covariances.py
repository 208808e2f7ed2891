"""Judge estimators of covariances on linear data, of which the truth is known."""

from collections.abc import Sequence
from pathlib import Path

from sametask.config.sections.ensemble_section import Ensemble
from sametask.jobs.job import job
from sametask.neurons.covariances.truth import judged
from sametask.neurons.data.rows import Rows
from sametask.neurons.moments import Moments
from sametask.storage.store import write_json


def check_covariances(data: str, covariances: Sequence[str], output: str, asked: Ensemble) -> None:
    """Write truth.json: relative errors and coverage of every estimator."""
    found = {Path(path).stem: Moments.read(path) for path in covariances}
    write_json(output, judged(Rows.read(data), found, asked))


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        check_covariances(
            snakemake.input.data,
            snakemake.input.covariances,
            snakemake.output[0],
            Ensemble(**snakemake.params.settings),
        )

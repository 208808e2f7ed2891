"""Say whether the neurons of an ensemble run round a circle, and those of gaits like it."""

from sametask.config.sections.ensemble_section import Ensemble
from sametask.jobs.job import job
from sametask.neurons.arrangement.circle import find_circle
from sametask.neurons.arrangement.gaits import narrower_error, of_rhythm
from sametask.neurons.data.rows import Rows
from sametask.neurons.moments import Moments
from sametask.storage.store import write_json


def test_circle(data: str, covariances: list[str], output: str, settings: Ensemble) -> None:
    """Write circle.json: the circle by each estimate, of other rhythms, and narrower networks."""
    asked, seed = settings.neurons.circle, settings.neurons.seed
    found = {
        name: find_circle(Moments.read(path).mean, asked.surrogates, seed).plain()
        for name, path in zip(settings.neurons.estimators, covariances, strict=True)
    }
    gaits = [
        of_rhythm(settings, dominant, asked.members, asked.surrogates)
        for dominant in asked.dominant
    ]
    narrower = asked.narrower and narrower_error(settings, asked.narrower, asked.members)
    expected = Rows.read(data).facts.get("period")
    write_json(output, {"expected": expected, "found": found, "gaits": gaits, "narrower": narrower})


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        test_circle(
            snakemake.input.data,
            snakemake.input.covariances,
            snakemake.output[0],
            Ensemble(**snakemake.params.settings),
        )

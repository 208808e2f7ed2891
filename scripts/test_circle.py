"""Say whether the neurons of an ensemble run round a circle, and those of gaits like it."""

from collections.abc import Mapping
from typing import Any

from sametask.config.sections.ensemble_section import Ensemble
from sametask.jobs.job import job
from sametask.neurons.arrangement.gaits import Circles, narrower_error, of_rhythm
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.moments import Moments
from sametask.neurons.related import digests
from sametask.storage.store import write_json


def test_circle(paths: Mapping[str, Any], output: str, settings: Ensemble) -> None:
    """Write circle.json: the circle by each estimate, of other rhythms, and narrower networks."""
    digests(paths["data"], paths["members"])
    neurons, networks = settings.neurons, Members.read(paths["members"])
    asked, found = neurons.circle, {}
    rows = Rows.read(paths["data"])
    circles = Circles(networks, neurons.layer, rows, asked.surrogates, neurons.seed)
    for name, path in zip(neurons.estimators, paths["covariances"], strict=True):
        found[name] = circles.of(Moments.read(path).mean)
    gaits = [of_rhythm(settings, one, asked.members, asked.surrogates) for one in asked.dominant]
    narrower = asked.narrower and narrower_error(settings, asked.narrower, asked.members)
    found = {
        "expected": rows.facts.get("period"),
        "found": found,
        "gaits": gaits,
        "narrower": narrower,
    }
    write_json(output, found)


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        test_circle(
            dict(snakemake.input.items()),
            snakemake.output[0],
            Ensemble(**snakemake.params.settings),
        )

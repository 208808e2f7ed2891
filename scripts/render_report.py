"""Draw the figures of an experiment and write its page."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job, warn
from sametask.report.data.reading import by_name, read_report
from sametask.report.pages.experiment import write_report

OF_NETWORK = ("activations", "geometry", "diffusion", "reconstruction")
OF_PAIR = ("alignment", "transformation", "evaluation", "verdict", "task", "facts", "relation")


def render_report(
    samples: str,
    networks: Mapping[str, Mapping[str, str]],
    pairs: Mapping[tuple[str, str], Mapping[str, str]],
    facts: Mapping[str, Any],
    folder: str,
    page: str,
    figures: str,
) -> None:
    """Write report.html and figures/ from the stores of all networks and pairs."""
    report = read_report(samples, networks, pairs, facts, folder)
    write_report(report, page, figures)
    for reason in report.failures:
        warn(f"{page} does without a diffusion map: {reason}")


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, facts = snakemake.input, snakemake.params.facts
        pairs = [tuple(pair) for pair in facts["pairs"]]
        render_report(
            given.samples,
            by_name(facts["networks"], given, OF_NETWORK),
            by_name(pairs, given, OF_PAIR),
            facts,
            f"results/{snakemake.wildcards.experiment}",
            *snakemake.output,
        )

"""Draw the figures of an experiment with few shared inputs and write its page."""

from collections.abc import Mapping
from typing import Any

from sametask.jobs.job import job, warn
from sametask.report.data.match import open_matched
from sametask.report.data.reading import by_name, read_report
from sametask.report.pages.matching import write_matching

OF_NETWORK = ("samples", "activations", "geometry", "diffusion")
OF_PAIR = ("alignment", "transformation", "evaluation", "facts", "study")


def render_matching(
    samples: str,
    networks: Mapping[str, Mapping[str, str]],
    pairs: Mapping[tuple[str, str], Mapping[str, str]],
    facts: Mapping[str, Any],
    folder: str,
    page: str,
    figures: str,
) -> None:
    """Write report.html and figures/ from the stores of all networks and pairs."""
    report = read_report(samples, networks, pairs, facts, folder, open_matched)
    write_matching(report, page, figures)
    for reason in report.failures:
        warn(f"{page} does without a diffusion map: {reason}")


if "snakemake" in globals():
    with job(snakemake.log[0], snakemake.threads):
        given, facts = snakemake.input, snakemake.params.facts
        pairs = [tuple(pair) for pair in facts["pairs"]]
        render_matching(
            given.shared,
            by_name(facts["networks"], given, OF_NETWORK),
            by_name(pairs, given, OF_PAIR),
            facts,
            f"results/{snakemake.wildcards.experiment}",
            *snakemake.output,
        )

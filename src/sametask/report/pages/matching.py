"""The page of an experiment whose networks share only a few inputs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Report
from sametask.report.data.match import MatchedPair
from sametask.report.pages.experiment import network_context
from sametask.report.pages.rendering import write_with_figures
from sametask.report.pages.saving import save_all
from sametask.report.pictures.match import match_pictures
from sametask.report.pictures.pair import pair_pictures
from sametask.report.tables.match import candidate_table, match_facts, match_table
from sametask.report.tables.pair import map_table
from sametask.report.wording.addresses import file_name
from sametask.report.wording.maps import KINDS
from sametask.report.wording.match import (
    baseline_title,
    match_notes,
    match_sentence,
    match_warnings,
    shared_inputs,
)
from sametask.report.wording.match_badge import match_badge
from sametask.report.wording.network import perturbation_kind
from sametask.report.wording.numbers import listed
from sametask.report.wording.pair import direction_sentence, pair_warnings


def _pair_context(report: Report[MatchedPair], pair: MatchedPair, folder: Path) -> dict[str, Any]:
    return {
        "id": file_name(pair.name),
        "a": pair.a.name,
        "b": pair.b.name,
        "badge": match_badge(pair.match),
        "sentence": match_sentence(pair),
        "missing": match_warnings(pair),
        "match_notes": match_notes(pair),
        "match_figures": save_all(match_pictures(report, pair), folder),
        "table": map_table(pair, {KINDS[-1]: baseline_title(pair.anchors)}),
        "sentences": [direction_sentence(pair, direction) for direction in DIRECTIONS],
        "warnings": pair_warnings(pair),
        "notes": [],
        "figures": save_all(pair_pictures(report, pair), folder),
        "evidence": match_table(pair),
        "candidates": candidate_table(pair),
        "facts": match_facts(pair),
    }


def context(report: Report[MatchedPair], folder: Path) -> dict[str, Any]:
    """Return everything that ``matching.html`` shows, after writing the figures to a folder."""
    first = report.pairs[0]
    fitted = [
        f"{network.activations.lazy('fit/samples').shape[0]:,} samples of {name}"
        for name, network in report.networks.items()
    ]
    return {
        "fitted": listed(fitted),
        "shared": shared_inputs(first.anchors),
        "perturbed": perturbation_kind(first.facts["along"]),
        "counts": {name: f"{count:,}" for name, count in first.facts["samples"].items()},
        "pairs": [_pair_context(report, pair, folder) for pair in report.pairs],
        **network_context(report, folder),
    }


def write_matching(report: Report[MatchedPair], page: str | Path, figures: str | Path) -> None:
    """Write the page of an experiment and the folder of its figures."""
    write_with_figures(page, figures, "matching.html", partial(context, report))

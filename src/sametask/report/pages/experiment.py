"""The page of an experiment: everything that its template shows."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.inputs import describe_equal_rows
from sametask.report.data.experiment import JudgedPair, Report
from sametask.report.figures.style import network_colours
from sametask.report.pages.rendering import write_with_figures
from sametask.report.pages.saving import save_all
from sametask.report.pictures.network import network_pictures
from sametask.report.pictures.pair import pair_pictures
from sametask.report.pictures.task import task_picture
from sametask.report.pictures.verdict import verdict_pictures
from sametask.report.tables.diagnostics import provenance_table, setting_table
from sametask.report.tables.examples import example_table
from sametask.report.tables.pair import map_table, network_table, pair_facts
from sametask.report.tables.task import task_table
from sametask.report.tables.transcripts import transcripts
from sametask.report.tables.verdict import control_table, cost_sentence, evidence_table
from sametask.report.wording.network import network_warnings, perturbation_kind
from sametask.report.wording.numbers import number
from sametask.report.wording.pair import (
    default_sentence,
    direction_sentence,
    pair_notes,
    pair_warnings,
)
from sametask.report.wording.relation import badge, pair_id
from sametask.report.wording.task import TASKS, matrices


def _evidence_context(report: Report[JudgedPair], pair: JudgedPair, folder: Path) -> dict[str, Any]:
    return {
        "answers": save_all([task_picture(pair, "answers")], folder),
        "task": task_table(pair),
        "figures": save_all(verdict_pictures(report, pair), folder),
        "table": evidence_table(pair),
        "controls": control_table(pair),
        "cost": cost_sentence(report, pair),
    }


def _pair_context(report: Report[JudgedPair], pair: JudgedPair, folder: Path) -> dict[str, Any]:
    return {
        "id": pair_id(pair.verdict),
        "a": pair.a.name,
        "b": pair.b.name,
        "verdict": pair.verdict,
        "failures": pair.verdict.get("failures", []),
        "task": badge(pair.verdict, TASKS),
        "badge": badge(pair.verdict),
        "first": save_all([task_picture(pair)], folder),
        "evidence": _evidence_context(report, pair, folder),
        "sentences": [
            *filter(None, [default_sentence(pair)]),
            *(direction_sentence(pair, direction) for direction in DIRECTIONS),
        ],
        "warnings": pair_warnings(pair),
        "notes": pair_notes(pair),
        "figures": save_all(pair_pictures(report, pair), folder),
        "table": map_table(pair),
        "examples": example_table(report, pair),
        "transcripts": transcripts(report, pair),
        "facts": pair_facts(pair),
    }


def network_context(report: Report, folder: Path) -> dict[str, Any]:
    """Return what every page of an experiment shows beside its pairs, and write the figures."""
    networks = report.networks.values()
    versions, stores = provenance_table(report)
    return {
        "report": report,
        "equal_rows": describe_equal_rows(report.samples.attributes),
        "networks": network_table(report),
        "classes": ", ".join(f"{place} {name}" for place, name in enumerate(report.names.classes)),
        "colours": network_colours(report.networks),
        "warnings": [text for network in networks for text in network_warnings(network)],
        "figures": save_all(network_pictures(report), folder),
        "settings": setting_table(networks),
        "versions": versions,
        "stores": stores,
        "total": number(sum(run["seconds"] for run in report.runs)),
    }


def context(report: Report[JudgedPair], folder: Path) -> dict[str, Any]:
    """Return everything that ``page.html`` shows, after writing the figures to a folder."""
    facts = report.pairs[0].facts["samples"]
    return {
        "perturbed": perturbation_kind(report.pairs[0].facts["along"]),
        "counts": {name: f"{count:,}" for name, count in facts.items()},
        "matrices": matrices(report.networks, [pair.verdict for pair in report.pairs]),
        "pairs": [_pair_context(report, pair, folder) for pair in report.pairs],
        **network_context(report, folder),
    }


def write_report(report: Report[JudgedPair], page: str | Path, figures: str | Path) -> None:
    """Write the page of an experiment and the folder of its figures."""
    write_with_figures(page, figures, "page.html", partial(context, report))

"""The tables of the page, as plain rows of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sametask.base.relations import DIRECTIONS
from sametask.report.data.experiment import Pair, Report
from sametask.report.data.names import Names, with_unit
from sametask.report.wording.maps import by_kind, meanings, useful
from sametask.report.wording.network import measured_words
from sametask.report.wording.numbers import R2_DIGITS, number

# Metric: heading, and whether a larger value is better; ``None`` if it is not known. R² is shown
# as 1 − R², because three digits of 0.999999994 would not be informative.
METRICS: dict[str, tuple[str, bool | None]] = {
    "activation_mse": ("activation error (mean square)", False),
    "activation_r2": ("share of variance missed (1 − R²)", True),
    "output_mse": ("output error (mean square)", False),
    "output_r2": ("share of output variance missed (1 − R²)", True),
    "agreement": ("agreement with target", True),
    "kappa": ("Cohen’s κ with target", True),
    "word_agreement": ("words as the target", True),
    "word_agreement_low": ("from", None),
    "word_agreement_high": ("to", None),
    "word_agreement_beams": ("words as the target, by beams", True),
    "same_texts": ("texts as the target", True),
    "word_error_rate": ("word error rate", False),
    "accuracy": ("accuracy", True),
    "balanced_accuracy": ("balanced accuracy", True),
    "precision": ("precision", True),
    "recall": ("recall", True),
    "f1": ("F1", True),
    "true_negative_rate": ("true negative rate", True),
    "mse": ("error of the task (mean square)", False),
    "metric_to_network": ("{metric} beside the target network", None),
    "metric": ("{metric} beside the targets of the task", None),
    "seconds": ("time (s)", False),
}
# Figures by the metric of the user.
USERS = ("metric_to_network", "metric")
# Metrics for two classes only.
BINARY = ("precision", "recall", "f1", "true_negative_rate")
# Figures of the task in the table of networks; all others are in the tables of maps.
TASK = {
    "word_error_rate": "word error rate",
    "mse": "mean-square error",
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "metric": "{metric}",
}
# Metrics in the square of the outputs' unit.
SQUARES = ("output_mse", "mse")


@dataclass(frozen=True)
class Cell:
    """A number as text, and whether it is the best of its column."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class Row:
    """A map and its numbers."""

    name: str
    cells: list[Cell]


def _shown(metric: str, value: float) -> str:
    if metric not in ("activation_r2", "output_r2"):
        return number(value)
    missed = 1 - value
    return "< 1e-15" if abs(missed) < R2_DIGITS else number(missed)


def _columns(pair: Pair) -> list[str]:
    present = {metric for way in DIRECTIONS for row in pair.metrics(way).values() for metric in row}
    return [metric for metric in METRICS if metric in present]


def _best(metric: str, rows: Mapping[str, Mapping[str, float]]) -> float | None:
    values = [row[metric] for row in rows.values() if metric in row]
    larger_is_better = METRICS[metric][1]
    if not values or larger_is_better is None:
        return None
    return max(values) if larger_is_better else min(values)


def kind_rows(
    metrics: Mapping[str, Mapping[str, float]],
    columns: Iterable[str],
    titles: Mapping[str, str] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Return by kind the rows of maps with their ``metrics``; the best values are marked.

    ``titles`` replace the names of some kinds.
    """
    compared = useful(metrics)
    best = {metric: _best(metric, {name: metrics[name] for name in compared}) for metric in columns}

    def row(name: str) -> Row:
        values = metrics[name]
        cells = [
            Cell(
                _shown(metric, values[metric]), name in compared and values[metric] == best[metric]
            )
            if metric in values
            else Cell("–")
            for metric in columns
        ]
        return Row(name, cells)

    return [
        {"title": titles.get(kind, kind), "rows": [row(name) for name in names]}
        for kind, names in by_kind(metrics).items()
    ]


def heading(metric: str, names: Names) -> str:
    """Return the heading of a metric, with the name and the unit of what it measures."""
    text = METRICS[metric][0].format(metric=names.metric)
    if metric in USERS:
        return with_unit(text, names.metric_unit)
    if metric in SQUARES and names.squared:
        text = text.replace("(mean square)", f"(mean square, {names.squared})")
    return text.replace("output", names.output, 1)


def headed(columns: Sequence[str], names: Names) -> dict[str, Any]:
    """Return the headings of metrics, and words for both classes if any is for two classes only."""
    return {
        "headings": [heading(metric, names) for metric in columns],
        "binary": any(metric in BINARY for metric in columns),
        "classes": [names.class_words(number) for number in (0, 1)],
        "users": names.metric if any(metric in USERS for metric in columns) else None,
    }


def own_row(name: str, figures: Mapping[str, float], columns: Iterable[str]) -> Row:
    """Return the row of a network itself, which only has figures of the task."""
    cells = [Cell(number(figures[metric]) if metric in figures else "") for metric in columns]
    return Row(f"{name} itself", cells)


def _own_rows(pair: Pair, direction: str, columns: list[str]) -> list[Row]:
    """Return the rows of the source and the target themselves, which have figures of the task.

    Without the source if its targets differ from those of the target.
    """
    both = zip(pair.ends(direction), pair.own_metrics(direction), strict=True)
    return [
        own_row(network.name, figures, columns)
        for network, figures in list(both)[0 if pair.facts["same_targets"] else 1 :]
        if any(metric in figures for metric in columns)
    ]


def map_table(pair: Pair, titles: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Return headings and, by direction and kind, the rows of all maps; the best are marked.

    ``titles`` replace the names of some kinds.
    """
    columns = _columns(pair)
    groups = []
    for direction in DIRECTIONS:
        groups.append(
            {
                "title": pair.arrow(direction),
                "kinds": kind_rows(pair.metrics(direction), columns, titles),
                "own": _own_rows(pair, direction, columns),
            }
        )
    return {
        **headed(columns, pair.names),
        "groups": groups,
        "about": meanings(pair.facts["maps"]),
    }


def _task_figure(metric: str, value: float, names: Names) -> str:
    """Return a figure of the task as text, with its unit: ``mean-square error 0.01 Hz²``."""
    unit = {"mse": names.squared, "metric": names.metric_unit}.get(metric, "")
    return f"{TASK[metric].format(metric=names.metric)} {number(value)} {unit}".rstrip()


def network_table(report: Report) -> list[dict[str, Any]]:
    """Return a row for each network; its figures are those of the last pair that it is in."""
    rows = []
    for name, network in report.networks.items():
        facts: Mapping[str, Any] = {"task": {}}
        for pair in report.pairs:
            for side, end in (("a", pair.a), ("b", pair.b)):
                if end.name == name:
                    facts = pair.facts["networks"][side]
        figures = facts["task"]
        task = ", ".join(
            _task_figure(metric, figures[metric], report.names)
            for metric in TASK
            if metric in figures
        )
        rows.append(
            {
                "name": name,
                "layer": network.layer,
                "measured": measured_words(network),
                "parameters": f"{facts['parameters']:,}" if "parameters" in facts else "–",
                "task": task or "–",
            }
        )
    return rows


def pair_facts(pair: Pair) -> list[tuple[str, str]]:
    """Return the figures of a pair that are in no other table."""
    facts = pair.alignment.attributes
    if pair.alignment.failed:
        return [("alignment", "none: it needs diffusion coordinates of both networks")]
    return [
        ("alignment residual, on the pairs it was fitted to", number(facts["residual"])),
        ("alignment residual, five-fold cross-validation", number(facts["residual_held_out"])),
    ]

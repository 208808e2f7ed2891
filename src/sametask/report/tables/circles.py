"""Circles by estimate and by rhythm, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.report.data.ensemble import Ensemble
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.numbers import number, share

HEADINGS = ["expected period", "period", "in a plane", "rotation", "of windows turns", "p"]


def _row(name: str, found: Mapping[str, Any], expected: float | None) -> Row:
    """Return a circle; weights as they are have no share of windows, and no test."""
    tested = "share" in found
    shown = [
        "–" if expected is None else number(expected),
        number(found["period"]),
        *(share(found[key]) for key in ("plane", "rotation")),
        f"{share(found['share'])} (red noise {share(found['red'])})" if tested else "–",
        f"{found['p']:.3g}" if tested else "–",
    ]
    return Row(name, [Cell(text) for text in shown])


def _rows(name: str, found: Mapping[str, Any], expected: float | None) -> list[Row]:
    """Return the circle in the metric of answers, and that of weights as they are."""
    return [
        _row(name, found, expected),
        _row(f"{name}, weights as they are", found["weights"], expected),
    ]


def circle_tables(ensemble: Ensemble) -> list[Table]:
    """Return circles of the ensemble by estimate, and of gaits by rhythm, if there are any."""
    if ensemble.circle is None:
        return []
    circle = ensemble.circle
    found = [
        row for name, one in circle["found"].items() for row in _rows(name, one, circle["expected"])
    ]
    gaits = [
        row
        for one in circle["gaits"]
        for row in _rows(f"{one['dominant']:g} Hz", one, one["expected"])
    ]
    groups = [Group("this ensemble, by estimate of the means", found)]
    groups += [Group("ensembles of gaits, by their strongest frequency", gaits)] * bool(gaits)
    note = (
        "Neurons are as far apart as their answers are, unless weights are taken as they are. "
        "Periods in neurons, which are readings. p: the share of series of red noise, with the "
        "length and memory of the series, of whose windows as much turns; beside it, what 5 % of "
        "them exceed."
    )
    return [Table("circles", HEADINGS, groups, note)]

"""Circles by estimate and by rhythm, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sametask.report.data.ensemble import Ensemble
from sametask.report.tables.grouped import Group, Table
from sametask.report.tables.pair import Cell, Row
from sametask.report.wording.numbers import number, share

HEADINGS = ["expected period", "period", "in a plane", "rotation", "radii vary by", "p"]


def _row(name: str, found: Mapping[str, Any], expected: float | None) -> Row:
    shown = [
        "–" if expected is None else number(expected),
        number(found["period"]),
        *(share(found[key]) for key in ("plane", "rotation", "radius_variation")),
        f"{found['p']:.3g}",
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
        "Periods in neurons, which are readings. A circle has p below .01. Of 200 series of "
        "red noise for each of five memories, at most 2 % were called one."
    )
    return [Table("circles", HEADINGS, groups, note)]

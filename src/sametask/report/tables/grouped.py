"""A table whose rows are in groups."""

from __future__ import annotations

from dataclasses import dataclass

from sametask.report.tables.pair import Row


@dataclass(frozen=True)
class Group:
    """Rows of a table that belong together, below their title if they have one."""

    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Table:
    """A table: what its rows are, the headings of its columns, groups of rows, and a note."""

    rows: str
    headings: list[str]
    groups: list[Group]
    note: str

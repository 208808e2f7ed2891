"""Tables of text with a line of names first, compressed by gzip or not."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from sametask.base.errors import DataError, nearest, quoted, reason


def read_table(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of each line, and its texts in these columns, in the order of ``columns``.

    Only a line is in memory at a time. ``DataError`` for a column that is not there, with the
    nearest one, or that is there twice; for a line of another length; and for a file that is cut or
    is no such table.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
            yield from _lines(path, csv.reader(file, strict=True), columns)
    except (OSError, EOFError, ValueError, csv.Error, zlib.error) as error:
        raise DataError(f"{path}: truncated or no table: {reason(error)}") from error


def _lines(path: Path, lines: Iterator[list[str]], columns: Sequence[str]) -> Iterator:
    header = next(lines, [])
    for column in columns:
        if column not in header:
            raise DataError(f"{path}: no column {quoted(column)}; {nearest(column, header)}")
        if header.count(column) > 1:
            raise DataError(f"{path}: several columns {quoted(column)}")
    places = [header.index(column) for column in columns]
    for number, line in enumerate(lines, 2):
        if len(line) != len(header):
            raise DataError(
                f"{path}: line {number} has {len(line)} fields, the first line {len(header)}"
            )
        yield number, [line[place] for place in places]


def number_in(text: str, where: str) -> float:
    """Return the number that a text is; no text is not a number (NaN). ``DataError`` otherwise."""
    try:
        return float(text) if text.strip() else float("nan")
    except ValueError:
        raise DataError(f"{where}: {quoted(text)} is no number") from None


def whole_in(text: str, where: str) -> int:
    """Return the number that a text is, which has to be whole and not negative."""
    value = number_in(text, where)
    if not (value.is_integer() and 0 <= value < 2**53):
        raise DataError(f"{where}: {quoted(text)} is no whole number")
    return int(value)

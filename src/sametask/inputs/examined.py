"""A data set read through once, before anything is drawn of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.base.errors import DataError, about
from sametask.config.sections.input_sections import Array, InputsSection
from sametask.config.sections.sample_sections import Task
from sametask.inputs.data_sets.arrays import Table, first_not_finite, open_table
from sametask.inputs.data_sets.equal_rows import count_equal, first_rows
from sametask.inputs.data_sets.labels import as_targets, require_no_one_hot
from sametask.inputs.samples import Draw
from sametask.storage.store import Writer

# Attributes of a store of samples: rows of the data set, those that repeat an earlier one, and how
# many samples of each part are distinct.
ROWS, EQUAL, DISTINCT = "rows", "equal_rows", "distinct"


def read_targets(table: Table, task: Task | None) -> np.ndarray | None:
    """Return what the labels of all rows are to a task: (n, …), ``None`` without labels.

    Raises ``DataError`` for a label that is not finite, ``ConfigError`` for labels that the task
    cannot use.
    """
    labels, kind = table.all_labels(), task.kind if task else None
    if labels is None:
        return None
    with about(table.source):
        row = first_not_finite(labels)
        if row is not None:
            raise DataError(f"row {row} has a label that is not finite")
        if kind == "classification":
            require_no_one_hot(labels)
        return as_targets(labels, kind)


def examine(
    inputs: InputsSection, task: Task | None
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return what ``first_rows`` does of a data set, and all targets; nothing of a domain.

    ``inputs`` and ``task`` are sections of an experiment. Raises ``DataError`` for an input or a
    label that is not finite, ``ConfigError`` for a file that cannot be used.
    """
    if not isinstance(inputs, Array):
        return None, None
    with open_table(inputs) as table:
        table.require_finite()
        return first_rows(table), read_targets(table, task)


def equal_rows(first: np.ndarray, draws: Mapping[str, Draw]) -> dict[str, Any]:
    """Return how many rows a data set has, how many repeat an earlier one, and what was drawn.

    Of every part these are the numbers of distinct samples and of all samples.
    """
    drawn = {
        part: [len(np.unique(first[draw.rows])), len(draw.rows)]
        for part, draw in draws.items()
        if draw.rows is not None
    }
    return {ROWS: len(first), EQUAL: count_equal(first), DISTINCT: drawn}


def write_equal(writer: Writer, first: np.ndarray, draws: Mapping[str, Draw]) -> None:
    """Write which rows of a data set are equal, and what ``equal_rows`` returns."""
    writer.array("first_rows", first, ["row"])
    writer.attributes |= equal_rows(first, draws)


def told_equal(facts: Mapping[str, Any]) -> str | None:
    """Return what is to be known of the equal rows of a data set, if there are any."""
    if not facts.get(EQUAL):
        return None
    told = (
        f"{facts[EQUAL]:,} of the {facts[ROWS]:,} rows of the data set have exactly the inputs of "
        "an earlier row. Equal rows stand on one side: none is both fitted and tested, and no "
        "network is trained here on a copy of a test sample."
    )
    few = [
        f"{some:,} of {drawn:,} {part}"
        for part, (some, drawn) in facts[DISTINCT].items()
        if some < drawn
    ]
    if few:
        told += f" Distinct are {' and '.join(few)} samples."
    return told + (" Intervals are too narrow." if any("test" in one for one in few) else "")

"""Read a whole data set once and check it, before samples are drawn from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sametask.base.errors import DataError, about
from sametask.config.sections.input_sections import DataSet, InputsSection
from sametask.config.sections.sample_sections import Task
from sametask.inputs.data_sets.arrays import Table, open_table
from sametask.inputs.data_sets.equal_rows import count_equal, first_rows
from sametask.inputs.data_sets.labels import as_targets, require_no_one_hot
from sametask.inputs.finite import first_not_finite
from sametask.inputs.samples import Draw
from sametask.storage.store import Writer

# Attributes of a store of samples: the number of rows of the data set, of rows that equal an
# earlier one, and of distinct samples in each part.
ROWS, EQUAL, DISTINCT = "rows", "equal_rows", "distinct"


def read_targets(table: Table, task: Task | None) -> np.ndarray | None:
    """Return the targets (n, …) of all rows for a task, or ``None`` without labels.

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
    """Return ``first_rows`` of a data set and all targets; ``None`` twice for a domain.

    ``inputs`` and ``task`` are sections of an experiment. Raises ``DataError`` for an input or a
    label that is not finite, ``ConfigError`` for a file that cannot be used.
    """
    if not isinstance(inputs, DataSet):
        return None, None
    with open_table(inputs) as table:
        table.require_finite()
        return first_rows(table), read_targets(table, task)


def equal_rows(first: np.ndarray, draws: Mapping[str, Draw]) -> dict[str, Any]:
    """Return the number of rows of a data set, of rows that equal an earlier one, and of samples.

    Every part has two numbers of samples: the distinct ones, and all.
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


def describe_equal_rows(facts: Mapping[str, Any]) -> str | None:
    """Return sentences for the user on the equal rows of a data set, or ``None`` without any."""
    if not facts.get(EQUAL):
        return None
    text = (
        f"{facts[EQUAL]:,} of the {facts[ROWS]:,} rows of the data set have exactly the inputs of "
        "an earlier row. Equal rows are on one side: none is both fitted and tested, and no "
        "network is trained here on a copy of a test sample."
    )
    few = [
        f"{different:,} of {drawn:,} {part}"
        for part, (different, drawn) in facts[DISTINCT].items()
        if different < drawn
    ]
    if few:
        text += f" Distinct are {' and '.join(few)} samples."
    return text + (" Intervals are too narrow." if any("test" in clause for clause in few) else "")

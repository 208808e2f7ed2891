"""Training data of networks: rows of a data set without test samples, or draws from a domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sametask.base.errors import ConfigError, DataError
from sametask.base.randomness import generator
from sametask.config.sections.input_sections import DataSet, DomainSection, InputsSection
from sametask.config.sections.network_sections import Training, View
from sametask.config.sections.sample_sections import Task
from sametask.inputs.data_sets.arrays import Table, open_table
from sametask.inputs.data_sets.equal_rows import divide, first_rows
from sametask.inputs.data_sets.labels import as_targets
from sametask.inputs.domains import Domain, place
from sametask.inputs.finite import first_not_finite
from sametask.inputs.samples import Draw, evaluate_target, read_rows
from sametask.inputs.views import see

# Inputs of more bytes than this are read again in every epoch, block by block.
MEMORY_BYTES = 2**28
# Number of consecutive stretches of the file in each block.
STRETCHES = 16


@dataclass(frozen=True)
class Blocks:
    """Training data in blocks that fit into memory: ``sizes`` are the numbers of samples of each.

    ``read(number)`` returns a block.
    """

    sizes: tuple[int, ...]
    read: Callable[[int], Any]

    @classmethod
    def single(cls, size: int, held: Any) -> Blocks:
        """Return a single block that is in memory."""
        return cls((size,), lambda _: held)

    def each(self, change: Callable[[Any], Any]) -> Blocks:
        """Return blocks that are changed when they are read; a single block stays in memory."""
        if len(self.sizes) > 1:
            return replace(self, read=lambda number: change(self.read(number)))
        return Blocks.single(self.sizes[0], change(self.read(0)))


def _checked(drawn: Draw, rows: np.ndarray) -> Draw:
    bad = first_not_finite(drawn.inputs)
    if bad is not None:
        raise DataError(f"row {rows[bad]} of the data set has an input that is not finite")
    return drawn


def _read(inputs: DataSet, kind: str, rows: np.ndarray) -> Draw:
    with open_table(inputs) as table:
        return _checked(read_rows(table, rows, kind), rows)


def _in_blocks(inputs: DataSet, kind: str, table: Table, rows: np.ndarray, seed: int) -> Blocks:
    """Return the rows of a data set in their order, or in several blocks if they are too many."""
    size = table.inputs.dtype.itemsize * int(np.prod(table.inputs.shape[1:]))
    if len(rows) * size <= MEMORY_BYTES:
        parts = [rows]
    else:
        count = -(-len(rows) * size // MEMORY_BYTES)
        # Stretches from the whole file: if the file is sorted by class, no block has only one
        # class.
        stretches = np.array_split(np.sort(rows), count * STRETCHES)
        order = generator(seed, "training blocks").permutation(len(stretches))
        parts = [
            np.concatenate([stretches[place] for place in places])
            for places in np.array_split(order, count)
        ]
    return Blocks(tuple(map(len, parts)), lambda number: _read(inputs, kind, parts[number]))


def training_rows(
    first: np.ndarray, held_out: np.ndarray | None, kept: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a data set to train on, and ``kept`` others to validate with.

    No row of one equals a row of the other, or a held-out row; ``first`` is what ``first_rows``
    returned. Raises ``ConfigError`` if nothing is left to train on.
    """
    groups = first[[] if held_out is None else held_out]
    rows = np.flatnonzero(~np.isin(first, groups))
    rows = generator(seed, "training rows").permutation(rows)
    # At least one row has to be left to train on.
    divided = divide(rows, first, kept, 1) if len(rows) else 0
    if isinstance(divided, int):
        raise ConfigError(
            f"train.validation: {kept}, but only {len(rows)} inputs to train on, without copies of "
            "test samples"
        )
    validation, _ = divided
    return rows[~np.isin(first[rows], first[validation])], validation


def _of_array(
    inputs: DataSet,
    kind: str,
    held_out: np.ndarray | None,
    kept: int,
    seed: int,
    first: np.ndarray | None,
) -> tuple[Blocks, Blocks | None]:
    """Return the training data, all rows but the held-out ones, and the validation data."""
    with open_table(inputs) as table:
        first = first_rows(table) if first is None else first
        training, rest = (
            _in_blocks(inputs, kind, table, rows, seed)
            for rows in training_rows(first, held_out, kept, seed)
        )
        return training, rest if kept else None


def _of_domain(
    inputs: DomainSection, settings: Training, kept: int, seed: int
) -> tuple[Blocks, Blocks | None]:
    """Return uniform draws between the ``low`` and ``high`` of the settings."""
    domain = Domain.of(inputs)
    low = domain.low if settings.low is None else np.maximum(domain.low, settings.low)
    high = domain.high if settings.high is None else np.minimum(domain.high, settings.high)
    drawn = place(settings.samples + kept, low, high, "random", "training", seed)
    return _in_memory(drawn[kept:]), _in_memory(drawn[:kept]) if kept else None


def _in_memory(points: np.ndarray) -> Blocks:
    return Blocks.single(len(points), Draw(points, None))


def training_data(
    inputs: InputsSection,
    task: Task,
    settings: Training,
    view: View | None,
    held_out: np.ndarray | None,
    seed: int,
    first: np.ndarray | None = None,
) -> tuple[Blocks, Blocks | None]:
    """Return the training data and the validation data of a network (``None`` without validation).

    For a data set these are all rows except the ``held_out`` ones, which are the test samples, and
    rows that equal them; ``first`` is what ``first_rows`` returned, if that is known. For a domain
    they are uniform draws between ``settings.low`` and ``settings.high``. Inputs are as the network
    sees them. The targets are those inputs for a reconstruction, and those of ``settings.target``
    if the network has another task. Raises ``ConfigError`` if nothing is left to train on,
    ``DataError`` for inputs that are not finite.
    """
    kept, reference = settings.validation, settings.target or task.target

    def taught(drawn: Draw) -> Draw:
        seen = see(drawn.inputs, inputs, view)
        if reference:
            return Draw(seen, as_targets(evaluate_target(reference, drawn.inputs), task.kind))
        return Draw(seen, seen if task.kind == "reconstruction" else drawn.targets)

    if isinstance(inputs, DataSet):
        training, validation = _of_array(inputs, task.kind, held_out, kept, seed, first)
    else:
        training, validation = _of_domain(inputs, settings, kept, seed)
    return training.each(taught), validation and validation.each(taught)

"""Rows of a data set that are equal: they stand on one side of every division.

Two networks that are fitted and judged on copies of the same rows seem to know of each other what
they only have by heart.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from sametask.inputs.data_sets.arrays import Table, finite_rows


def _digests(rows: np.ndarray) -> np.ndarray:
    """Return 64 bits for each of rows (n, …), the same for equal ones: 0.0 and -0.0 are equal."""
    flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
    flat = flat + 0.0 if flat.dtype.kind == "f" else flat
    joined = b"".join(blake2b(row.data, digest_size=8).digest() for row in flat)
    return np.frombuffer(joined, np.uint64)


def first_rows(table: Table) -> np.ndarray:
    """Return for every row of a data set the first row that has equal inputs: (n,).

    Labels do not count. Rows that are not finite are equal to none. The file is read block by
    block; beside a block, this takes some tens of bytes for each row. Of n rows, two that differ
    are taken for equal with a chance of n²/2⁶⁵, which leaves out one of them.
    """
    digests, finite = [], []
    for block in table.blocks():
        rows = table.inputs_of(block)
        digests.append(_digests(rows))
        finite.append(finite_rows(rows))
    _, places, numbers = np.unique(np.concatenate(digests), return_index=True, return_inverse=True)
    return np.where(np.concatenate(finite), places[numbers], np.arange(len(table)))


def distinct(order: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return rows in their order without those that are equal to an earlier one."""
    _, places = np.unique(first[order], return_index=True)
    return order[np.sort(places)]


def _once_first(order: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return all rows of an order, those that equal an earlier one last."""
    once = distinct(order, first)
    return np.concatenate([once, order[~np.isin(order, once)]])


def divide(
    order: np.ndarray, first: np.ndarray, test: int, fit: int
) -> tuple[np.ndarray, np.ndarray] | int:
    """Divide rows in their order into ``test`` and ``fit`` rows, equal ones on the same side.

    Where there are enough distinct rows, no other is taken; else copies fill either side. Returns
    both sides, or, if that cannot be done, the most fit rows that could be had.
    """
    once = distinct(order, first)
    if test + fit <= len(once):
        return once[:test], once[test : test + fit]
    sizes = np.bincount(first)[first[once]]
    taken, held = np.zeros(len(once), dtype=bool), 0
    for number, size in enumerate(sizes):
        if held < test and held + size <= len(order) - fit:
            taken[number], held = True, held + size
    if held < test:
        least = sizes.cumsum()[np.searchsorted(sizes.cumsum(), test)] if len(order) > test else test
        return int(max(0, len(order) - least, len(once) - test))
    tested = np.isin(first[order], first[once[taken]])
    return (
        _once_first(order[tested], first)[:test],
        _once_first(order[~tested], first)[:fit],
    )


def count_equal(first: np.ndarray) -> int:
    """Return how many rows have the inputs of an earlier one."""
    return int((first != np.arange(len(first))).sum())


def counted(first: np.ndarray) -> str:
    """Return how many rows there are to draw from, in words."""
    copies = count_equal(first)
    if not copies:
        return f"{len(first)} rows"
    return f"{len(first)} rows, {len(first) - copies} of them distinct"

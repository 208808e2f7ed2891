"""Equal rows of a data set. Every division into fit and test rows keeps them on one side.

If copies of a row were both fitted and tested, a map that only memorises rows would seem good.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from sametask.inputs.data_sets.arrays import Table
from sametask.inputs.finite import finite_rows


def _digests(rows: np.ndarray) -> np.ndarray:
    """Return 64-bit digests of rows (n, …), equal for equal rows; 0.0 and -0.0 are equal."""
    flat = np.ascontiguousarray(rows).reshape(len(rows), -1)
    flat = flat + 0.0 if flat.dtype.kind == "f" else flat
    joined = b"".join(blake2b(row.data, digest_size=8).digest() for row in flat)
    return np.frombuffer(joined, np.uint64)


def first_rows(table: Table) -> np.ndarray:
    """Return for every row of a data set the first row that has equal inputs: (n,).

    Labels do not count. A row that is not finite equals no other row. The file is read block by
    block; beside a block, this needs some tens of bytes for each row. With n rows, the probability
    that two different rows are taken for equal is n²/2⁶⁵; one of them is then left out.
    """
    digests, finite = [], []
    for block in table.blocks():
        rows = table.inputs_of(block)
        digests.append(_digests(rows))
        finite.append(finite_rows(rows))
    _, places, numbers = np.unique(np.concatenate(digests), return_index=True, return_inverse=True)
    return np.where(np.concatenate(finite), places[numbers], np.arange(len(table)))


def distinct(order: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return rows in their order, without rows that equal an earlier one."""
    _, places = np.unique(first[order], return_index=True)
    return order[np.sort(places)]


def _copies_last(order: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Return all rows in their order, with rows that equal an earlier one at the end."""
    once = distinct(order, first)
    return np.concatenate([once, order[~np.isin(order, once)]])


def divide(
    order: np.ndarray, first: np.ndarray, test: int, fit: int
) -> tuple[np.ndarray, np.ndarray] | int:
    """Divide rows in their order into ``test`` and ``fit`` rows; equal rows go to the same side.

    If there are enough distinct rows, only these are used; else copies fill both sides. Returns the
    test and the fit rows, or, if there are too few, the largest number of fit rows.
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
        _copies_last(order[tested], first)[:test],
        _copies_last(order[~tested], first)[:fit],
    )


def apart(order: np.ndarray, first: np.ndarray, fit_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide rows in their order into those of a test and of a fit split.

    The first ``fit_rows`` rows of the data set are the fit split; those of them that equal a row of
    the test split are left out. Copies stand at the end of each part.
    """
    is_test = order >= fit_rows
    tested, others = order[is_test], order[~is_test]
    fitted = others[~np.isin(first[others], first[tested])]
    return _copies_last(tested, first), _copies_last(fitted, first)


def count_equal(first: np.ndarray) -> int:
    """Return how many rows have the same inputs as an earlier row."""
    return int((first != np.arange(len(first))).sum())


def counted(first: np.ndarray) -> str:
    """Return the number of rows to draw from, in words."""
    copies = count_equal(first)
    if not copies:
        return f"{len(first)} rows"
    return f"{len(first)} rows, {len(first) - copies} of them distinct"

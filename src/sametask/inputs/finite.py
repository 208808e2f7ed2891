"""Which samples are finite: of records, all fields are."""

from __future__ import annotations

import numpy as np

from sametask.inputs.fields import fields_of


def finite_rows(values: np.ndarray) -> np.ndarray:
    """Return for each of rows (n, …), or records, whether all of its values are finite: (n,)."""
    fields = fields_of(values)
    if fields is not None:
        return np.logical_and.reduce([finite_rows(part) for part in fields.values()])
    return np.isfinite(values).all(axis=tuple(range(1, values.ndim)))


def first_not_finite(values: np.ndarray) -> int | None:
    """Return the first of rows (n, …) with a value that is NaN or infinite, or ``None``."""
    finite = finite_rows(values)
    return None if finite.all() else int(np.argmin(finite))

"""Simulate inputs by a function of the user, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sametask.base.errors import DataError, quoted, reason
from sametask.base.randomness import derived_seed
from sametask.base.references import resolve, users_code
from sametask.config.sections.input_sections import Simulation

# Rows that are simulated at once.
BLOCK = 10_000


def simulate(settings: Simulation, count: int, seed: int) -> dict[str, np.ndarray]:
    """Return ``count`` rows of every array that the function of a section ``simulate`` returns.

    Raises ``NetworkError`` if the function fails, ``DataError`` if it does not return named
    arrays of so many rows.
    """
    name = settings.function
    function = resolve(name)
    with users_code(f"simulate {name}"):
        arrays = function(count, seed, **settings.arguments)
    arrays = _as_arrays(name, arrays) if isinstance(arrays, dict) else {}
    rows = {str(key): len(values) if values.ndim else 1 for key, values in arrays.items()}
    if not rows or set(rows.values()) != {count}:
        raise DataError(
            f"simulate {name}: must return named arrays of {count} rows, not {quoted(rows)}"
        )
    return arrays


def _as_arrays(name: str, returned: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return named arrays of numbers; refuse other values."""
    try:
        arrays = {str(key): np.asarray(values) for key, values in returned.items()}
    except ValueError as error:
        raise DataError(f"simulate {name}: must return named arrays: {reason(error)}") from error
    for key, values in arrays.items():
        if values.dtype.kind not in "buif":
            raise DataError(f"simulate {name}: {key!r} is {values.dtype}, not numeric")
    return arrays


def _kinds(arrays: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return name, type and shape of a row of some arrays, in words."""
    return {key: f"{values.dtype} {values.shape[1:]}" for key, values in arrays.items()}


def _alike(name: str, blocks: Iterator[dict[str, np.ndarray]]) -> Iterator[dict[str, np.ndarray]]:
    """Yield blocks; refuse a block with other arrays than the first, whose values would be cast."""
    known = None
    for block in blocks:
        known = _kinds(block) if known is None else known
        if _kinds(block) != known:
            raise DataError(f"simulate {name}: returned {known}, and then {_kinds(block)}")
        yield block


def simulated_blocks(
    settings: Simulation, seed: int
) -> tuple[range, Iterator[dict[str, np.ndarray]]]:
    """Return the first rows of all blocks, and the arrays of the blocks, each with its own seed."""
    starts = range(0, settings.count, BLOCK)
    blocks = (
        simulate(
            settings,
            min(BLOCK, settings.count - start),
            derived_seed(seed, f"simulated block {number}"),
        )
        for number, start in enumerate(starts)
    )
    return starts, _alike(settings.function, blocks)

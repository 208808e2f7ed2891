"""Inputs that a function simulates, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sametask.errors import DataError, quoted
from sametask.randomness import derived_seed
from sametask.references import resolve, users_code

# Rows that are simulated at once.
BLOCK = 10_000


def simulate(settings: Mapping[str, Any], count: int, seed: int) -> dict[str, np.ndarray]:
    """Return ``count`` rows of every array, as the function of a section ``simulate`` has them.

    Raises ``NetworkError`` if the function fails, ``DataError`` if it does not return named
    arrays of so many rows.
    """
    name = settings["function"]
    function = resolve(name)
    with users_code(f"simulate {name}"):
        arrays = function(count, seed, **settings["arguments"])
        named = arrays.items() if isinstance(arrays, dict) else ()
        rows = {str(key): len(values) for key, values in named}
    if not rows or set(rows.values()) != {count}:
        raise DataError(
            f"simulate {name}: must return named arrays of {count} rows, not {quoted(rows)}"
        )
    return arrays


def simulated_blocks(
    settings: Mapping[str, Any], seed: int
) -> tuple[range, Iterator[dict[str, np.ndarray]]]:
    """Return the first rows of all blocks, and the blocks' arrays, each of a seed of its own."""
    starts = range(0, settings["count"], BLOCK)
    blocks = (
        simulate(
            settings,
            min(BLOCK, settings["count"] - start),
            derived_seed(seed, f"simulated block {number}"),
        )
        for number, start in enumerate(starts)
    )
    return starts, blocks

"""Inputs that a function simulates, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from sametask.errors import DataError, NetworkError, SametaskError, reason
from sametask.randomness import derived_seed
from sametask.references import resolve

# Rows that are simulated at once.
BLOCK = 10_000


def simulate(settings: Mapping[str, Any], count: int, seed: int) -> dict[str, np.ndarray]:
    """Return ``count`` rows of every array, as the function of a section ``simulate`` has them.

    Raises ``NetworkError`` if the function fails, ``DataError`` if it does not return named
    arrays of so many rows.
    """
    name = settings["function"]
    try:
        arrays = resolve(name)(count, seed, **settings["arguments"])
    except SametaskError as error:
        raise type(error)(f"simulate {name}: {error}") from error
    except Exception as error:
        raise NetworkError(
            f"simulate {name} with {settings['arguments']}: {reason(error)}"
        ) from error
    rows = {key: len(values) for key, values in arrays.items()} if isinstance(arrays, dict) else {}
    if not rows or set(rows.values()) != {count}:
        raise DataError(f"simulate {name}: must return named arrays of {count} rows, not {rows}")
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

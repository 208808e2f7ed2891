"""The layout of arrays on disk: a shard is a file of many chunks, and a chunk has whole rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from zarr.codecs import BloscCodec

# Chosen by benchmarks/storage.py: this takes no longer than no compression.
COMPRESSION = BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")
CHUNK_BYTES = 2**20
SHARD_BYTES = 2**25


def _row_bytes(shape: Sequence[int], dtype: Any) -> int:
    return max(1, math.prod(shape[1:]) * np.dtype(dtype).itemsize)


def rows_per_chunk(shape: Sequence[int], dtype: Any) -> int:
    """Return how many rows (first axis) of an array go into one chunk, the unit of reading."""
    return max(1, min(shape[0], CHUNK_BYTES // _row_bytes(shape, dtype)))


def rows_per_shard(shape: Sequence[int], dtype: Any) -> int:
    """Return how many rows (first axis) of an array go into one shard, the unit of writing."""
    row, chunk = _row_bytes(shape, dtype), rows_per_chunk(shape, dtype)
    return chunk * max(1, min(-(-shape[0] // chunk), SHARD_BYTES // (chunk * row)))


@dataclass(frozen=True)
class Streamed:
    """An array that is computed while it is written: its shape and dtype, and its rows in blocks.

    For arrays that memory may not hold.
    """

    shape: tuple[int, ...]
    dtype: Any
    blocks: Iterable[np.ndarray]


def regrouped(blocks: Iterable[Any], rows: int, join: Callable[[list], Any]) -> Iterator[Any]:
    """Yield blocks of rows (n, …) again, each of ``rows`` rows; the last one may be smaller.

    ``join`` makes one block of several. A block that has the right size is passed on as it is.
    Memory: at most ``rows`` rows and two blocks.
    """
    held: list[Any] = []
    for block in blocks:
        held.append(block)
        while sum(map(len, held)) >= rows:
            joined = join(held) if len(held) > 1 else held[0]
            yield joined[:rows]
            held = [joined[rows:]] if len(joined) > rows else []
    if held:
        yield join(held) if len(held) > 1 else held[0]


def fill(target: Any, rows: int, blocks: Iterable[np.ndarray]) -> None:
    """Write blocks of rows (n, …) one after another into ``target`` (N, …).

    ``rows`` rows are written at a time; if that is ``rows_per_shard``, no shard is written twice.
    Memory: twice that many rows, and one block.
    """
    start = 0
    for block in regrouped(blocks, rows, np.concatenate):
        target[start : start + len(block)] = block
        start += len(block)

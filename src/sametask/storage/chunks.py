"""The layout of arrays on disk: a shard is a file of many chunks, and a chunk has whole rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
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


def fill(target: Any, rows: int, blocks: Iterable[np.ndarray]) -> None:
    """Write blocks of rows (n, …) one after another into ``target`` (N, …).

    ``rows`` rows are written at a time; if that is ``rows_per_shard``, no shard is written twice.
    Memory: twice that many rows, and one block.
    """
    held: list[np.ndarray] = []
    start = 0
    for block in blocks:
        held.append(block)
        while sum(map(len, held)) >= rows:
            joined = np.concatenate(held)
            target[start : start + rows] = joined[:rows]
            start += rows
            held = [joined[rows:]]
    rest = np.concatenate(held)
    if len(rest):
        target[start : start + len(rest)] = rest

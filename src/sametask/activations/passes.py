"""The division of samples, and of what is drawn around them, into forward passes of a network.

Every pass has ``batch`` inputs, of as many samples as it takes, and parts of samples too. Only the
last pass of a ``block`` of samples may have fewer: see ``jobs.parts``. ``first`` is the number of
the first sample among all fit or pool samples.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.storage.chunks import regrouped


def batches(total: int, size: int, block: int | None = None) -> list[slice]:
    """Return slices of at most ``size`` samples; none goes beyond a block."""
    edges = range(0, total, block or total)
    return [
        slice(start, min(start + size, edge + edges.step, total))
        for edge in edges
        for start in range(edge, min(edge + edges.step, total), size)
    ]


def _in_passes(
    pieces: Iterable[np.ndarray], each: int, batch: int, run: Callable[[np.ndarray, int], Tensor]
) -> Iterator[Tensor]:
    """Yield what passes return of the inputs (n each, …) of pieces of a block: (n, each, …).

    ``run(inputs, start)`` makes one pass, of ``batch`` inputs; ``start`` counts from the first
    input of the block. The last pass may be smaller.
    """
    starts = itertools.count(0, batch)
    passes = regrouped(pieces, batch, np.concatenate)
    outputs = (run(inputs, start) for inputs, start in zip(passes, starts, strict=False))
    for rows in regrouped(outputs, each * max(1, batch // each), torch.cat):
        yield rows.unflatten(0, (-1, each))


@dataclass(frozen=True)
class Blocks:
    """The division of ``total`` samples, each with ``each`` inputs, into blocks and passes."""

    total: int
    each: int
    batch: int
    block: int | None

    @property
    def pieces(self) -> list[slice]:
        """Samples that are made ready at once: those of one pass, or a single one."""
        return batches(self.total, max(1, self.batch // self.each), self.block)

    def run(
        self, pieces: Iterator[np.ndarray], run: Callable[[np.ndarray, int], Tensor]
    ) -> Iterator[Tensor]:
        """Yield what passes return of the inputs (n each, …) of all pieces: see ``_in_passes``."""
        for part in batches(self.total, self.block or self.total):
            size = part.stop - part.start
            number = -(-size // max(1, self.batch // self.each))
            yield from _in_passes(itertools.islice(pieces, number), self.each, self.batch, run)


def drawn_ahead(
    draw: Callable[[np.ndarray, range], np.ndarray],
    inputs: np.ndarray,
    pieces: list[slice],
    first: int,
) -> Iterator[np.ndarray]:
    """Yield the perturbations of pieces of samples; a thread draws the next ones meanwhile.

    Random numbers and pictures are computed on the processor while a network runs on a GPU.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        waiting: deque[Future] = deque()
        for piece in pieces:
            numbers = range(first + piece.start, first + piece.stop)
            waiting.append(beside.submit(draw, inputs[piece], numbers))
            if len(waiting) > 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()

"""Activations that a rule recorded, as a comparison takes them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from sametask.comparison import Layer
from sametask.store import Store, rows_per_shard


def read_layer(recorded: Store) -> Layer:
    """Return a layer's samples, and its neighbourhoods to be read block by block."""
    neighbours = recorded.lazy("fit/neighbours")
    rows = rows_per_shard(neighbours.shape, neighbours.dtype)

    def blocks() -> Iterator[Tensor]:
        for start in range(0, neighbours.shape[0], rows):
            yield torch.from_numpy(neighbours[start : start + rows]).double()

    fit, test = (torch.from_numpy(recorded[f"{part}/samples"]).double() for part in ("fit", "test"))
    return Layer(fit, test, blocks)

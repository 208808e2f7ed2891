"""The layout of measured activations: which neuron of which layer stands where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from sametask.activations.record import record
from sametask.errors import NetworkError


@dataclass(frozen=True)
class Layout:
    """Named layers, flattened and concatenated in the order in which they are named.

    ``shapes`` are the layers' output shapes without the batch axis; ``neurons`` are the measured
    positions in the concatenation of all of them.
    """

    layers: tuple[str, ...]
    shapes: tuple[tuple[int, ...], ...]
    neurons: tuple[int, ...]

    @classmethod
    def of(
        cls,
        network: nn.Module,
        layers: Sequence[str],
        neurons: str | Sequence[int],
        example: Tensor,
    ) -> Layout:
        """Find the layout by one forward pass of an example batch (n, …).

        Raises ``NetworkError`` for a layer that does not exist, does not run, or has no such
        neuron.
        """
        shapes = tuple(tuple(output.shape[1:]) for output in record(network, layers, example))
        total = sum(torch.Size(shape).numel() for shape in shapes)
        chosen = tuple(range(total)) if neurons == "all" else tuple(neurons)
        if max(chosen) >= total:
            raise NetworkError(
                f"neurons: {max(chosen)} asked for, but {' + '.join(layers)} has {total} neurons; "
                f"the last is {total - 1}"
            )
        return cls(tuple(layers), shapes, chosen)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of neurons of each layer."""
        return tuple(torch.Size(shape).numel() for shape in self.shapes)

    @property
    def total(self) -> int:
        """The number of neurons of all layers together."""
        return sum(self.sizes)

    def join(self, outputs: Sequence[Tensor]) -> Tensor:
        """Flatten and concatenate the layers' outputs, each (n, …), to (n, total)."""
        return torch.cat([output.flatten(1) for output in outputs], dim=1)

    def measure(self, joined: Tensor) -> Tensor:
        """Choose the measured neurons: (n, total) to (n, m)."""
        if len(self.neurons) == self.total:
            return joined
        return joined[:, list(self.neurons)]

    def split(self, joined: Tensor) -> dict[str, Tensor]:
        """Undo ``join``: (n, total) to one output (n, …) for each layer."""
        pieces = joined.split(self.sizes, dim=1)
        return {
            name: piece.reshape(-1, *shape)
            for name, piece, shape in zip(self.layers, pieces, self.shapes, strict=True)
        }

    def plain(self) -> dict[str, Any]:
        """Return the layout as JSON values, to be read back by ``from_plain``."""
        return {
            "layers": list(self.layers),
            "shapes": [list(shape) for shape in self.shapes],
            "neurons": list(self.neurons),
        }

    @classmethod
    def from_plain(cls, values: Mapping[str, Any]) -> Layout:
        """Read what ``plain`` wrote."""
        shapes = tuple(tuple(shape) for shape in values["shapes"])
        return cls(tuple(values["layers"]), shapes, tuple(values["neurons"]))

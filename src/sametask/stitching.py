"""The stitched network: the front of one network, a map, the back of the other."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sametask.activations.layout import Layout
from sametask.activations.record import record
from sametask.activations.replace import run_with_replaced


class StitchedNetwork(nn.Module):
    """net(x) = back_target(T(front_source(x))), a differentiable module.

    The target runs on zeros in place of an input, so that everything it puts out went through
    the map and nothing bypasses it. The map runs in float64, each network in its own precision.
    """

    def __init__(
        self,
        source: nn.Module,
        chain: nn.Module,
        target: nn.Module,
        measured: Layout,
        replaced: Layout,
        input_shape: Sequence[int],
    ) -> None:
        super().__init__()
        self.source, self.chain, self.target = source, chain, target
        self.measured, self.replaced = measured, replaced
        self.input_shape = tuple(input_shape)

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the target's outputs (n, …) for the source's inputs (n, …)."""
        joined = self.measured.join(record(self.source, self.measured.layers, inputs))
        return self.back(self.chain(self.measured.measure(joined).to(torch.float64)))

    def back(self, joined: Tensor) -> Tensor:
        """Return the target's outputs (n, …) when its layers put out ``joined`` (n, t)."""
        weight = next(self.target.parameters(), joined)
        dummy = joined.new_zeros(len(joined), *self.input_shape, dtype=weight.dtype)
        return run_with_replaced(self.target, self.replaced.split(joined), dummy)

"""Affine maps, as modules."""

from __future__ import annotations

from torch import Tensor, nn


class Affine(nn.Module):
    """f(x) = x M + b."""

    matrix: Tensor
    offset: Tensor

    def __init__(self, **arrays: Tensor) -> None:
        super().__init__()
        for name in ("matrix", "offset"):
            self.register_buffer(name, arrays[name])

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs (n, d) to (n, p)."""
        return inputs @ self.matrix + self.offset

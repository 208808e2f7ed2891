"""Maps as modules: nearest neighbours, and cosines to anchors."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from sametask.splines.thin_plates import BLOCK
from sametask.statistics.distances import exact_distances


class Nearest(nn.Module):
    """f(x) = Σ_j u_j y_(j), where (1), (2), … are the centres ordered by their distance from x.

    ``centres`` c (N, m), ``values`` y (N, t), ``weights`` u (k). The map is piecewise constant: its
    derivative is zero, and autograd returns none.
    """

    centres: Tensor
    values: Tensor
    weights: Tensor

    def __init__(self, **arrays: Tensor) -> None:
        super().__init__()
        for name in ("centres", "values", "weights"):
            self.register_buffer(name, arrays[name])

    def forward(self, inputs: Tensor) -> Tensor:
        """Average the values of the nearest centres of inputs (n, m); returns (n, t)."""
        width = max(len(self.centres), len(self.weights) * self.values.shape[1])
        return torch.cat([self._average(part) for part in inputs.split(max(1, BLOCK // width))])

    def _average(self, inputs: Tensor) -> Tensor:
        distances = exact_distances(inputs, self.centres)
        places = distances.topk(len(self.weights), dim=1, largest=False).indices
        return torch.einsum("k,nkt->nt", self.weights, self.values[places])


class Cosine(nn.Module):
    """f(x)_j = cos(x − x̄, c_j): the relative representation of x.

    ``mean`` x̄ (m), ``anchors`` c_j (r, m) of unit length. All cosines of x = x̄ are 0.
    """

    mean: Tensor
    anchors: Tensor

    def __init__(self, **arrays: Tensor) -> None:
        super().__init__()
        for name in ("mean", "anchors"):
            self.register_buffer(name, arrays[name])

    def forward(self, inputs: Tensor) -> Tensor:
        """Compare inputs (n, m) with the anchors; returns (n, r)."""
        return normalize(inputs - self.mean, dim=1) @ self.anchors.mT

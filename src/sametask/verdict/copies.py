"""Whether a copy of a network is untrained: else it is no control and no floor."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.statistics.variance import is_constant

# Activations that differ by no more than this fraction are the same.
SAME = 1e-5


def computes_the_same(copy: Tensor, network: Tensor) -> bool:
    """Return whether an untrained copy has the activations (N, m) of its network, and these vary.

    The weights are then the same: the factory has loaded the trained ones by itself.
    """
    if copy.shape != network.shape or is_constant(network):
        return False
    return torch.allclose(copy, network, rtol=0, atol=SAME * network.abs().max().item())

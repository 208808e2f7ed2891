"""Noise on weights and on their codes, by its signal-to-noise ratio."""

from __future__ import annotations

import torch
from torch import Tensor

# Where noise is added: to the weights that are read, or to the code.
PLACES = ("input", "code")


def noisy(values: Tensor, decibels: float, random: torch.Generator) -> Tensor:
    """Add Gaussian noise to rows (r, q), each at the same signal-to-noise ratio.

    10 log₁₀(P / σ²) is the ratio in decibels, P the mean square of the numbers of the row.
    """
    power = values.square().mean(dim=-1, keepdim=True)
    sigma = (power * 10 ** (-decibels / 10)).sqrt()
    drawn = torch.randn(values.shape, generator=random, dtype=values.dtype)
    return values + sigma * drawn.to(values.device)

"""How the weights of a layer are drawn at the start, by the names of PyTorch, and how likely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import erf, log, pi, prod, sqrt
from typing import Protocol

import torch
from torch import Tensor
from torch.nn.init import trunc_normal_


class Distribution(Protocol):
    """What all weights of a layer are drawn from, independently of each other."""

    def draw(self, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
        """Return weights of a shape."""

    def log_density(self, weights: Tensor) -> Tensor:
        """Return the natural logarithm of the density at each of the weights."""


@dataclass(frozen=True)
class Uniform:
    """U[low, high]."""

    low: float
    high: float

    def draw(self, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
        """Return weights of a shape."""
        return torch.empty(shape).uniform_(self.low, self.high, generator=random)

    def log_density(self, weights: Tensor) -> Tensor:
        """Return −log(high − low) inside, and −∞ outside.

        The bounds are rounded as the weights are: a weight that is drawn there is inside.
        """
        low, high = (torch.tensor(bound, dtype=weights.dtype) for bound in (self.low, self.high))
        outside = (weights < low) | (weights > high)
        density = torch.full_like(weights, -log(self.high - self.low))
        return density.masked_fill(outside, -torch.inf)


@dataclass(frozen=True)
class Normal:
    """N(0, deviation²)."""

    deviation: float

    def draw(self, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
        """Return weights of a shape."""
        return torch.empty(shape).normal_(0, self.deviation, generator=random)

    def log_density(self, weights: Tensor) -> Tensor:
        """Return −(w / σ)² / 2 − log(σ √2π)."""
        return -((weights / self.deviation) ** 2) / 2 - log(self.deviation * sqrt(2 * pi))


@dataclass(frozen=True)
class TruncatedNormal:
    """N(0, deviation²) without what is beyond two deviations."""

    deviation: float

    def draw(self, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
        """Return weights of a shape."""
        ends = -2 * self.deviation, 2 * self.deviation
        return trunc_normal_(torch.empty(shape), 0, self.deviation, *ends, generator=random)

    def log_density(self, weights: Tensor) -> Tensor:
        """Return the density of N(0, σ²) over P(|w| ≤ 2σ) inside, and −∞ outside."""
        outside = weights.abs() > torch.tensor(2 * self.deviation, dtype=weights.dtype)
        density = Normal(self.deviation).log_density(weights) - log(erf(sqrt(2)))
        return density.masked_fill(outside, -torch.inf)


def _around_zero(bound: float) -> Uniform:
    return Uniform(-bound, bound)


# From the numbers of weights into and out of a unit, its fan in and fan out.
INITIALISERS: dict[str, Callable[[int, int], Distribution]] = {
    "uniform": lambda fan_in, fan_out: Uniform(0.0, 1.0),
    "normal": lambda fan_in, fan_out: Normal(1.0),
    "truncated_normal": lambda fan_in, fan_out: TruncatedNormal(0.1),
    "xavier_uniform": lambda fan_in, fan_out: _around_zero(sqrt(6 / (fan_in + fan_out))),
    "xavier_normal": lambda fan_in, fan_out: Normal(sqrt(2 / (fan_in + fan_out))),
    "kaiming_uniform": lambda fan_in, fan_out: _around_zero(sqrt(6 / fan_in)),
    "kaiming_normal": lambda fan_in, fan_out: Normal(sqrt(2 / fan_in)),
    "fan_in": lambda fan_in, fan_out: _around_zero(sqrt(1 / fan_in)),
}


def distribution(initialiser: str, shape: tuple[int, ...]) -> Distribution:
    """Return what one of ``INITIALISERS`` draws the weights (units, inputs, …) of a layer from.

    Whatever the size of the layer, ``uniform`` is U[0, 1], ``normal`` is N(0, 1), and
    ``truncated_normal`` is N(0, 0.1²) without what is beyond two standard deviations. ``xavier``
    are those of Glorot & Bengio 2010, ``kaiming`` those of He et al. 2015 for ReLU; ``fan_in`` is
    U(−b, b) with b = 1 / √fan_in.
    """
    units, inputs, *places = shape
    return INITIALISERS[initialiser](inputs * prod(places), units * prod(places))


def drawn(initialiser: str, shape: tuple[int, ...], random: torch.Generator) -> Tensor:
    """Return weights (units, inputs, …) of a layer, drawn by one of ``INITIALISERS``."""
    return distribution(initialiser, shape).draw(shape, random)

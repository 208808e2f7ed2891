"""Perceptrons whose weights are independent Gaussians, with any Gaussian as their prior.

Many at once: n of them, in S groups of equal size that have the prior's precision in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import log

import torch
from torch import Tensor

from sametask.neurons.distillation.perceptrons import Shape
from sametask.neurons.distillation.rows import Answered
from sametask.populations.layout import LayerWeights
from sametask.populations.optimisers import StackedAdam

# Draws of the answers to every row, of which the mean is the prediction.
DRAWS = 64
# Deviations of all weights at the start of training.
NARROW = 0.03


@dataclass(frozen=True)
class Prior:
    """N(m, c Q⁻¹) for each of n networks.

    ``mean`` m (n, P), ``precision`` Q (S, P, P) of each group, ``scale`` c (n,).
    """

    mean: Tensor
    precision: Tensor
    scale: Tensor

    @cached_property
    def log_determinants(self) -> Tensor:
        """The logarithms of the determinants |c Q⁻¹| (n,)."""
        roots = torch.linalg.cholesky(self.precision.double()).diagonal(dim1=1, dim2=2)
        of_groups = 2 * roots.log().sum(dim=1)
        each = len(self.mean) // len(self.precision)
        sizes = self.mean.shape[1] * self.scale.log()
        return sizes - of_groups.repeat_interleave(each).to(sizes)

    def divergence(self, mean: Tensor, spread: Tensor) -> Tensor:
        """Return KL (n,) of N(μ, S), S = diag spread², from this prior; μ and spread (n, P).

        ½ (tr(Q S) / c + (μ − m)ᵀ Q (μ − m) / c − P + ln |c Q⁻¹| − ln |S|).
        """
        groups = len(self.precision)
        apart = (mean - self.mean).unflatten(0, (groups, -1))
        far = ((apart @ self.precision) * apart).sum(dim=-1)
        own = self.precision.diagonal(dim1=1, dim2=2)[:, None]
        wide = (spread.square().unflatten(0, (groups, -1)) * own).sum(dim=-1)
        sizes = self.log_determinants - mean.shape[1] - 2 * spread.log().sum(dim=1)
        return ((far + wide).flatten() / self.scale + sizes) / 2


@dataclass(frozen=True)
class Posterior:
    """N(mean, diag spread²) of the weights of n networks: both (n, P)."""

    mean: Tensor
    spread: Tensor

    def drawn_logits(self, shape: Shape, inputs: Tensor, draw: torch.Generator) -> Tensor:
        """Return answers (n, b, k) to inputs (n, b, d), of weights drawn anew for each row.

        What a unit sums up is drawn, not the weights: it is a Gaussian, too, and the gradient has
        less noise (the local reparametrisation of Kingma et al. 2015).
        """
        rows = inputs
        for depth, layer in enumerate(shape.layers):
            rows = shape.activation(rows) if depth else rows
            mean = _summed(self.mean, layer, rows)
            variance = _summed(self.spread.square(), layer, rows.square())
            # The slope of a root is infinite at 0.
            noise = torch.randn(mean.shape, generator=draw)
            rows = mean + variance.clamp_min(1e-12).sqrt() * noise
        return rows

    def predicted(self, shape: Shape, inputs: Tensor, draw: torch.Generator) -> Tensor:
        """Return the logarithms of mean probabilities (n, b, k), for inputs (n, b, d)."""
        logs = torch.stack(
            [self.drawn_logits(shape, inputs, draw).log_softmax(dim=-1) for _ in range(DRAWS)]
        )
        return logs.logsumexp(dim=0) - log(DRAWS)


def _summed(weights: Tensor, layer: LayerWeights, rows: Tensor) -> Tensor:
    """Return rows (n, b, d) times kernels, plus biases, of weights (n, P)."""
    units, inputs, _ = layer.shape
    end = layer.start + units * inputs
    kernel = weights[:, layer.start : end].unflatten(1, (units, inputs))
    return torch.baddbmm(weights[:, None, end : end + units], rows, kernel.mT)


def fitted(
    start: Tensor,
    shape: Shape,
    prior: Prior,
    temperature: Tensor,
    rows: Answered,
    steps: int,
    rate: float,
    draw: torch.Generator,
) -> Posterior:
    """Return the posteriors q that minimise E[−Σ shares · ln p] + T · KL(q ‖ prior).

    Means begin at ``start`` (n, P). Temperatures T (n,) of 1 are Bayes' rule; smaller ones are
    cold posteriors (Wenzel et al. 2020).
    """
    mean = start.clone().requires_grad_()
    logs = torch.full_like(start, log(NARROW)).requires_grad_()
    ones = torch.ones(len(start), dtype=torch.float64)
    optimiser = StackedAdam([mean, logs], rate * ones, 0 * ones)
    for _ in range(steps):
        spread = logs.exp()
        logits = Posterior(mean, spread).drawn_logits(shape, rows.inputs, draw)
        losses = rows.missed(logits) + temperature * prior.divergence(mean, spread)
        optimiser.step(torch.autograd.grad(losses.sum(), [mean, logs]))
    return Posterior(mean.detach(), logs.detach().exp())

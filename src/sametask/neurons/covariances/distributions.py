"""Normal distributions of the weights of neurons, from which weights are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

from sametask.config.sections.covariances_section import Bayes
from sametask.populations.layout import LayerWeights


def entries(size: int, form: str, settings: Bayes) -> Tensor:
    """Return which entries (d, d + r) of a factor [T, U] are used: T lower triangular, U r columns.

    ``form`` is `full`, `diagonal`, `low-rank` (a diagonal beside r columns) or `block-diagonal`,
    with blocks of weights one after another; the bias stands last.
    """
    eye = torch.eye(size, dtype=torch.float64)
    if form == "full":
        return torch.ones_like(eye).tril()
    if form == "block-diagonal":
        block = torch.arange(size) // settings.block
        return torch.where(block[:, None] == block, 1.0, 0.0).double().tril()
    if form == "low-rank":
        return torch.cat([eye, eye.new_ones(size, settings.rank)], dim=1)
    return eye


@dataclass(frozen=True)
class NormalNeurons:
    """The distributions N(μ₀ + s m, s² A Aᵀ) of the K neurons of a layer, in each of r networks.

    ``start`` (r, K, d) is μ₀, ``scale`` (r, 1, 1) is s = √(σ²/n), what n rows with noise σ² leave
    open of a weight: in these units the ``move`` m (r, K, d) and the ``factor`` A (r, K, d, q) are
    near 1, and one learning rate suits both. Of A, only the ``entries`` (d, q) are used.
    """

    places: Tensor
    start: Tensor
    scale: Tensor
    entries: Tensor
    move: Tensor
    factor: Tensor

    @classmethod
    def around(
        cls, start: Tensor, layer: LayerWeights, entries: Tensor, scale: Tensor
    ) -> NormalNeurons:
        """Begin at the weights ``start`` (r, P) of a network, with A = I."""
        places = torch.from_numpy(layer.of_units)
        mean = start[:, places]
        move = torch.zeros_like(mean, requires_grad=True)
        factor = torch.eye(*entries.shape, dtype=mean.dtype)
        # U must not be zero: there its gradient is.
        factor[:, len(factor) :] = 0.1 * (-1.0) ** torch.arange(len(factor))[:, None]
        factor = factor.expand(*mean.shape[:2], -1, -1).clone().requires_grad_()
        return cls(places, mean, scale[:, None, None], entries, move, factor)

    @property
    def mean(self) -> Tensor:
        """The mean (r, K, d)."""
        return self.start + self.scale * self.move

    @property
    def spread(self) -> Tensor:
        """The factor s A (r, K, d, q), without entries that are not used."""
        return self.scale[..., None] * self.factor * self.entries

    def drawn(self, random: torch.Generator) -> Tensor:
        """Return neurons (2 r, K d): the first r are μ + s A ε, the others μ − s A ε.

        In the gradient with respect to A, what both have in common cancels.
        """
        shape = (*self.factor.shape[:2], self.factor.shape[3], 1)
        noise = torch.randn(shape, generator=random, dtype=self.mean.dtype)
        by = (self.spread @ noise)[..., 0]
        return torch.cat([self.mean + by, self.mean - by]).flatten(1)

    def divergence(self, variance: float) -> Tensor:
        """Return Σ KL(N(μ, Σ) ‖ N(0, τ²I)) (r,) over the neurons; τ² is the ``variance``.

        It is ½ (tr Σ / τ² + ‖μ‖² / τ² − d + d ln τ² − ln det Σ). With Σ = TTᵀ + UUᵀ and TV = U,
        ln det Σ = 2 Σ ln |tᵢᵢ| + ln det(I + VᵀV).
        """
        spread, size = self.spread, self.mean.shape[-1]
        square, columns = spread[..., :size], spread[..., size:]
        solved = torch.linalg.solve_triangular(square, columns, upper=False)
        inner = solved.mT @ solved + torch.eye(columns.shape[-1], dtype=spread.dtype)
        diagonal = square.diagonal(dim1=-2, dim2=-1).abs()
        determinant = 2 * diagonal.log().sum(dim=-1) + torch.linalg.slogdet(inner)[1]
        squares = spread.square().sum(dim=(-2, -1)) + self.mean.square().sum(dim=-1)
        each = squares / variance - size + size * log(variance) - determinant
        return 0.5 * each.sum(dim=1)


def drawn_weights(layers: Sequence[NormalNeurons], random: torch.Generator) -> Tensor:
    """Return weights (2 r, P) of networks whose layers are drawn, in pairs on both sides of μ."""
    neurons = torch.cat([layer.drawn(random) for layer in layers], dim=1)
    places = torch.cat([layer.places.flatten() for layer in layers])
    return neurons[:, places.argsort()]

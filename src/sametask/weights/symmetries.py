"""Changes of weights that leave what a network computes as it is.

The units of a hidden layer can change places; with tanh, a unit can change its sign; with ReLU, a
unit can be scaled by a positive factor. Weights into the unit, its bias and weights out of it
change together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

from sametask.base.errors import DataError, nearest
from sametask.populations.layout import LayerWeights

# What the units of a network may do beside changing places, by its activation.
FLIPPED, SCALED = ("tanh",), ("relu",)
ACTIVATIONS = FLIPPED + SCALED


class HiddenUnits:
    """The units of one hidden layer: the places of the weights into and out of each.

    ``into`` (units, q) with the bias last, ``out`` (units, r).
    """

    def __init__(self, layer: LayerWeights, following: LayerWeights) -> None:
        self.into = torch.from_numpy(layer.of_units)
        kernel = torch.from_numpy(following.kernel)
        self.out = kernel.transpose(0, 1).flatten(1)
        self.both = torch.cat([self.into, self.out], dim=1)

    def __len__(self) -> int:
        return len(self.both)

    def tokens(self, weights: Tensor) -> Tensor:
        """Return the weights (…, units, q + r) into and out of each unit, of weights (…, P)."""
        return weights[..., self.both]

    def replaced(self, weights: Tensor, tokens: Tensor) -> Tensor:
        """Return weights (…, P) with these tokens (…, units, q + r) in their places."""
        changed = weights.clone()
        changed[..., self.both.flatten()] = tokens.flatten(-2)
        return changed

    def reordered(self, weights: Tensor, order: Tensor) -> Tensor:
        """Return weights (…, P) whose unit j is the former unit ``order[…, j]``."""
        tokens = self.tokens(weights)
        order = order.expand(tokens.shape[:-1])
        return self.replaced(weights, tokens.take_along_dim(order[..., None], dim=-2))

    def flipped(self, weights: Tensor, signs: Tensor) -> Tensor:
        """Return weights (…, P) with all weights of each unit times its sign (…, units)."""
        return self.replaced(weights, self.tokens(weights) * signs[..., None])

    def scaled(self, weights: Tensor, factors: Tensor) -> Tensor:
        """Return weights (…, P) with those into a unit times its factor, those out divided by it.

        ``factors`` (…, units) are positive.
        """
        tokens = self.tokens(weights)
        into, out = tokens.split([self.into.shape[1], self.out.shape[1]], dim=-1)
        grown = torch.cat([into * factors[..., None], out / factors[..., None]], dim=-1)
        return self.replaced(weights, grown)

    def balanced(self, weights: Tensor) -> Tensor:
        """Return weights (…, P) scaled so that those into and out of a unit are equally long.

        Units without weights into them, or out of them, are left as they are.
        """
        into, out = weights[..., self.into].norm(dim=-1), weights[..., self.out].norm(dim=-1)
        alive = (into > 0) & (out > 0)
        factors = (out.where(alive, 1.0) / into.where(alive, 1.0)).sqrt()
        return self.scaled(weights, factors)


def hidden_units(layers: Sequence[LayerWeights]) -> list[HiddenUnits]:
    """Return the units of every hidden layer, from the first on."""
    return [HiddenUnits(*pair) for pair in pairwise(layers)]


def known_activation(name: str) -> str:
    """Return the name of an activation whose symmetries are known, or raise ``DataError``."""
    if name not in ACTIVATIONS:
        raise DataError(f"the symmetries of {name!r} are not known; {nearest(name, ACTIVATIONS)}")
    return name


def shuffled(
    weights: Tensor, layers: Sequence[LayerWeights], flips: Tensor, random: torch.Generator
) -> Tensor:
    """Return weights (n, P) after a random symmetry of each network.

    The units of every hidden layer change places; where ``flips`` (n,) is true, units change their
    signs as well, each with probability 1/2.
    """
    for units in hidden_units(layers):
        shape = len(weights), len(units)
        order = torch.rand(shape, generator=random).argsort(dim=1).to(weights.device)
        signs = (2.0 * torch.randint(2, shape, generator=random) - 1).to(weights)
        weights = units.reordered(weights, order)
        weights = units.flipped(weights, signs.where(flips[:, None], 1.0))
    return weights

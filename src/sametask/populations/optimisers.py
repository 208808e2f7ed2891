"""Optimisers for many networks at once, each with its own learning rate and weight decay.

They are those of PyTorch with its defaults: a member moves as it would alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor


class StackedOptimiser(ABC):
    """Moves the parameters (n, …) of n members by gradients g + λθ.

    θ are the parameters. Learning rates (n,) and decays λ (n,) are in double precision. How far the
    parameters move by a gradient, a subclass says; ``first`` and ``second`` are for running means
    of g and g² of each parameter.
    """

    def __init__(self, parameters: Iterable[Tensor], rates: Tensor, decays: Tensor) -> None:
        self.parameters = list(parameters)
        self.rates, self.decays = rates, decays
        self.steps = 0
        self.first = [torch.zeros_like(one) for one in self.parameters]
        self.second = [torch.zeros_like(one) for one in self.parameters]

    def minimise(self, losses: Tensor) -> None:
        """Move all parameters by the gradients of the members' losses (n,).

        Those of their sum are the ones that each member would have alone.
        """
        self.step(torch.autograd.grad(losses.sum(), self.parameters))

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor]) -> None:
        """Move all parameters by their gradients (n, …)."""
        self.steps += 1
        for place, (parameter, given) in enumerate(zip(self.parameters, gradients, strict=True)):
            gradient = given + of_members(self.decays, parameter) * parameter
            parameter.sub_(self.change(place, gradient))

    @abstractmethod
    def change(self, place: int, gradient: Tensor) -> Tensor:
        """Return by how much the parameter at a ``place`` in the list is to fall."""


def of_members(values: Tensor, like: Tensor) -> Tensor:
    """Return values (n,) in the precision of a tensor (n, …), to multiply it by."""
    return values.to(like.dtype).reshape(-1, *[1] * (like.dim() - 1))


class StackedSgd(StackedOptimiser):
    """Gradient descent without momentum: η g with the learning rate η."""

    def change(self, place: int, gradient: Tensor) -> Tensor:
        """Return the change (n, …)."""
        return of_members(self.rates, gradient) * gradient


class StackedRmsProp(StackedOptimiser):
    """η g / (√v + 1e-8); v is the running mean of g², of which a step keeps 0.99."""

    def change(self, place: int, gradient: Tensor) -> Tensor:
        """Return the change (n, …)."""
        second = self.second[place].mul_(0.99).addcmul_(gradient, gradient, value=1 - 0.99)
        return of_members(self.rates, gradient) * gradient / (second.sqrt() + 1e-8)


class StackedAdam(StackedOptimiser):
    """η m̂ / (√v̂ + 1e-8); m̂ and v̂ are the running means of g and g² without their bias.

    A step keeps 0.9 of the first and 0.999 of the second.
    """

    def change(self, place: int, gradient: Tensor) -> Tensor:
        """Return the change (n, …)."""
        first = self.first[place].lerp_(gradient, 1 - 0.9)
        second = self.second[place].mul_(0.999).addcmul_(gradient, gradient, value=1 - 0.999)
        rates = of_members(self.rates / (1 - 0.9**self.steps), gradient)
        return rates * first / (second.sqrt() / (1 - 0.999**self.steps) ** 0.5 + 1e-8)


OPTIMISERS: dict[str, type[StackedOptimiser]] = {
    "sgd": StackedSgd,
    "adam": StackedAdam,
    "rmsprop": StackedRmsProp,
}

"""Curvature of a mean loss and gradients of single rows, at one or several points.

The points are weights (r, P), each with rows of its own. What is returned is the mean over points:
the derivative with respect to a displacement that they have in common.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.func import grad, jvp, vjp, vmap

from sametask.neurons.covariances.objective import Objective, Sample

# Numbers that the activations of one layer have at once, for all directions of a chunk.
NUMBERS = 10_000_000


def _directions(objective: Objective, sample: Sample) -> int:
    """Return how many directions are differentiated along at once, to bound memory."""
    widest = max(max(layer.shape[:2]) for layer in objective.layers)
    return max(NUMBERS // (sample.inputs[..., 0].numel() * widest), 1)


def _displaced(weights: Tensor, places: Tensor) -> Callable[[Tensor], Tensor]:
    """Return what adds a displacement (q,) to some places of all weights (r, P)."""
    return lambda by: weights.index_add(1, places, by.expand(len(weights), -1))


def hessian(objective: Objective, weights: Tensor, sample: Sample, places: Tensor) -> Tensor:
    """Return the mean Hessian (q, q) with respect to the weights at some ``places`` (q,)."""
    moved = _displaced(weights, places)

    def loss(by: Tensor) -> Tensor:
        return objective.losses(moved(by), sample).mean()

    still = weights.new_zeros(len(places))

    def product(direction: Tensor) -> Tensor:
        return jvp(grad(loss), (still,), (direction,))[1]

    eye = torch.eye(len(places), dtype=weights.dtype)
    return vmap(product, chunk_size=_directions(objective, sample))(eye)


def gauss_newton(objective: Objective, weights: Tensor, sample: Sample, places: Tensor) -> Tensor:
    """Return the mean generalised Gauss–Newton matrix (q, q): of JᵀHJ, and λI of the decay.

    J is the Jacobian of the outputs, H the Hessian of the loss in the outputs, which is
    positive semidefinite: I for squares, diag(p) − ppᵀ for the cross entropy (Schraudolph 2002).
    """
    moved, still = _displaced(weights, places), weights.new_zeros(len(places))

    def outputs(by: Tensor) -> Tensor:
        return objective.outputs(moved(by), sample.inputs)

    def loss(given: Tensor) -> Tensor:
        return objective.of_outputs(given, sample.wanted).mean()

    given, back = vjp(outputs, still)

    def product(direction: Tensor) -> Tensor:
        change = jvp(outputs, (still,), (direction,))[1]
        return back(jvp(grad(loss), (given,), (change,))[1])[0]

    eye = torch.eye(len(places), dtype=weights.dtype)
    matrix = vmap(product, chunk_size=_directions(objective, sample))(eye)
    return matrix + objective.decay * eye


def row_gradients(objective: Objective, weights: Tensor, sample: Sample, places: Tensor) -> Tensor:
    """Return the gradient (r b, q) of the loss of every row, at some ``places`` of the weights."""

    def loss(weight: Tensor, row: Tensor, wanted: Tensor) -> Tensor:
        return objective.losses(weight[None], Sample(row[None, None], wanted[None, None])).sum()

    each = vmap(vmap(grad(loss), in_dims=(None, 0, 0)))
    pieces = max(NUMBERS // weights.shape[1] // len(weights), 1)
    found = [
        each(weights, inputs, wanted)[..., places].flatten(0, 1)
        for inputs, wanted in zip(
            sample.inputs.split(pieces, dim=1), sample.wanted.split(pieces, dim=1), strict=True
        )
    ]
    return torch.cat(found)


def steepest(objective: Objective, weights: Tensor, sample: Sample, rounds: int = 30) -> Tensor:
    """Return the largest eigenvalue (r,) of the Gauss–Newton matrix of each network.

    By power iteration, for all networks at once; ``rounds`` products each.
    """

    def outputs(moved: Tensor) -> Tensor:
        return objective.outputs(moved, sample.inputs)

    def loss(given: Tensor) -> Tensor:
        return objective.of_outputs(given, sample.wanted).mean(dim=1).sum()

    given, back = vjp(outputs, weights)
    random = torch.Generator().manual_seed(0)
    along = torch.randn(weights.shape, dtype=weights.dtype, generator=random)
    for _ in range(rounds):
        along = along / along.norm(dim=1, keepdim=True).clamp_min(1e-300)
        change = jvp(outputs, (weights,), (along,))[1]
        along = back(jvp(grad(loss), (given,), (change,))[1])[0] + objective.decay * along
    return along.norm(dim=1)

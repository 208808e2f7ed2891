"""Students that are shrunk further: hidden neurons are removed in the order of their posterior."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import derived_seed, generator
from sametask.neurons.distillation.bayesian import Posterior
from sametask.neurons.distillation.perceptrons import Shape
from sametask.neurons.distillation.rows import Answered
from sametask.neurons.distillation.transformed import outgoing

# What is removed first: the smallest mᵀ Σ⁻¹ m of outgoing weights, the smallest ‖m‖, or any.
ORDERS = ("signal", "magnitude", "random")


def shrunk_students(
    posterior: Posterior, shape: Shape, held_out: Answered, seed: int
) -> dict[str, Any]:
    """Return accuracies and −ln p (r, S) of S students with all their hidden units, down to none.

    Those of one order for all hidden layers together; nothing is trained again.
    """
    units = sum(shape.hidden)
    curves = {}
    for order in ORDERS:
        ranks = _ranks(posterior, shape, order, seed)
        curve = [_scores(posterior, shape, held_out, ranks < gone, seed) for gone in range(units)]
        curves[order] = dict(
            zip(("accuracy", "nll"), np.stack(curve, axis=1).tolist(), strict=True)
        )
    return {"units": list(range(units, 0, -1)), "orders": curves}


def _ranks(posterior: Posterior, shape: Shape, order: str, seed: int) -> Tensor:
    """Return the rank (S, units) of every hidden unit; those of the lowest ranks go first."""
    if order == "random":
        size = (len(posterior.mean), sum(shape.hidden))
        values = torch.from_numpy(generator(seed, "order of neurons").random(size))
    else:
        spread = posterior.spread if order == "signal" else torch.ones_like(posterior.spread)
        far = (posterior.mean / spread).square()
        values = torch.cat(
            [
                far[:, torch.from_numpy(outgoing(shape.layers, depth))].mean(dim=-1)
                for depth in range(len(shape.hidden))
            ],
            dim=1,
        )
    return values.argsort(dim=1).argsort(dim=1)


def _scores(
    posterior: Posterior, shape: Shape, held_out: Answered, gone: Tensor, seed: int
) -> np.ndarray:
    """Return accuracy and −ln p (2, S) without the hidden units that are ``gone`` (S, units)."""
    kept = torch.ones_like(posterior.mean)
    for depth, part in enumerate(gone.split(shape.hidden, dim=1)):
        places = torch.from_numpy(outgoing(shape.layers, depth))
        values = (~part).to(kept)[..., None].expand(-1, *places.shape)
        kept[:, places.flatten()] = values.flatten(1)
    left = Posterior(posterior.mean * kept, posterior.spread * kept)
    draw = torch.Generator().manual_seed(derived_seed(seed, "predictions shrunk"))
    logs = left.predicted(shape, held_out.inputs, draw)
    right = (logs.argmax(dim=-1) == held_out.shares.argmax(dim=-1)).double().mean(dim=1)
    missed = -(held_out.shares * logs).sum(dim=-1).mean(dim=-1)
    return np.stack([right.numpy(), missed.double().numpy()])

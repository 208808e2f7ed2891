"""The posterior of a teacher: the Gaussian around its most probable weights (Laplace)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.func import jacrev, vmap

from sametask.base.errors import DataError
from sametask.neurons.distillation.gaussians import Gaussian
from sametask.neurons.distillation.perceptrons import Shape

# Rows whose derivatives are in memory at once, and weights that a teacher has at most.
TOGETHER, LARGEST = 100, 4000


def laplace(weights: Tensor, shape: Shape, inputs: Tensor, precision: float) -> Gaussian:
    """Return N(w, A⁻¹) around the most probable weights w (P,), for inputs (b, d).

    A = Σ Jᵀ (diag p − p pᵀ) J + τ I is the Hessian of Gauss and Newton: J (k, P) are derivatives
    of the logits of a row, p its probabilities, τ the ``precision`` of the prior (MacKay 1992;
    Martens 2020). Raises ``DataError`` if a network is too large for P × P numbers.
    """
    if len(weights) > LARGEST:
        raise DataError(
            f"neurons.distillation.teacher: {len(weights)} weights, of which all covariances are "
            f"needed; at most {LARGEST}"
        )

    def logits(of: Tensor, row: Tensor) -> Tensor:
        return shape.logits(of[None], row[None])[0, 0]

    hessian = torch.zeros(len(weights), len(weights))
    for rows in inputs.split(TOGETHER):
        slopes = vmap(jacrev(logits), in_dims=(None, 0))(weights, rows)
        shares = shape.logits(weights[None], rows)[0].softmax(dim=-1)
        # diag p − p pᵀ = R Rᵀ with R = diag √p − p √pᵀ.
        roots = shares.sqrt().diag_embed() - shares[..., None] * shares.sqrt()[:, None]
        halves = (roots.mT @ slopes).flatten(0, 1)
        hessian += halves.T @ halves
    exact = hessian.double().numpy() + precision * np.eye(len(weights))
    mean = weights.double().numpy()
    return Gaussian(mean, Gaussian(mean, exact).precision)

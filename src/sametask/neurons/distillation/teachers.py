"""The posterior of a teacher: the Gaussian around its most probable weights (Laplace)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.neurons.covariances.curvature import gauss_newton
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.neurons.distillation.gaussians import Gaussian
from sametask.neurons.distillation.perceptrons import Shape

# Weights that a teacher has at most: all their covariances are in memory, several times.
LARGEST = 4000


def require_small(shape: Shape) -> None:
    """Raise ``DataError`` if a network is too large for the covariances of all its weights."""
    if shape.size > LARGEST:
        raise DataError(
            f"neurons.distillation.teacher: {shape.size} weights, of which all covariances are "
            f"needed; at most {LARGEST}"
        )


def laplace(weights: Tensor, shape: Shape, inputs: Tensor, precision: float) -> Gaussian:
    """Return N(w, A⁻¹) around the most probable weights w (P,), for inputs (b, d).

    A = Σ Jᵀ (diag p − p pᵀ) J + τ I is the Hessian of Gauss and Newton: J (k, P) are derivatives
    of the logits of a row, p its probabilities, τ the ``precision`` of the prior (MacKay 1992;
    Martens 2020). Raises ``DataError`` as ``require_small``, and for weights that diverged.
    """
    require_small(shape)
    if not weights.isfinite().all():
        raise DataError("a teacher diverged: lower neurons.distillation.learning_rate")
    objective = Objective(shape.layers, shape.activation, classified=True)
    # The matrix does not depend on the classes.
    rows = Sample(inputs[None], torch.zeros(1, len(inputs), dtype=torch.long))
    mean = gauss_newton(objective, weights[None], rows, torch.arange(len(weights)))
    exact = len(inputs) * mean.double().numpy() + precision * np.eye(len(weights))
    exact = (exact + exact.T) / 2
    centre = weights.double().numpy()
    return Gaussian(centre, Gaussian(centre, exact).precision)

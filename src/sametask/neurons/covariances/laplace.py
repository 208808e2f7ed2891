"""Laplace's approximation of the posterior of weights: a normal distribution at an optimum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from sametask.neurons.covariances.curvature import gauss_newton
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.neurons.covariances.sandwich import Group


def laplace(
    objective: Objective,
    weights: Tensor,
    sample: Sample,
    groups: Sequence[Group],
    prior_variance: float,
    rows: int,
) -> tuple[Tensor, dict[str, Any]]:
    """Return blocks (K, d, d) of (n A / σ² + I / τ²)⁻¹ at ``weights`` (1, P), and JSON values.

    A is the mean Gauss–Newton matrix of ½‖y − f‖² or of the cross entropy, without decay, over
    some of n ``rows``; σ² is the variance of what is left of numbers, 1 for classes; τ² is that of
    the prior. So does laplace-torch with ``hessian_structure="full"``, ``sigma_noise`` = σ and
    ``prior_precision`` = 1 / τ² (Daxberger et al. 2021).
    """
    noise = float(objective.noise(weights, sample))
    blocks = []
    for group in groups:
        matrix = gauss_newton(objective, weights, sample, group.places)
        precision = rows * matrix / noise + torch.eye(len(matrix)) / prior_variance
        blocks.append(group.blocks(torch.linalg.inv(precision)))
    facts = {"weights": "all" if len(groups) == 1 else "of each neuron", "noise": noise}
    return torch.cat(blocks), facts | {"matrix": "Gauss–Newton"}

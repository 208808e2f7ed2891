"""Covariance of weights by A⁻¹SA⁻¹/n: A the mean Hessian, S the mean product of gradients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.neurons.covariances.curvature import gauss_newton, hessian, row_gradients
from sametask.neurons.covariances.descent import Path
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.populations.layout import LayerWeights

# Networks with more weights than this have one matrix for each neuron.
WHOLE = 2000
# An eigenvalue below zero by this share of the largest is no round-off.
ROUND_OFF = 1e-8


@dataclass(frozen=True)
class Group:
    """Weights at some ``places`` (q,) that have one matrix, and where neurons (k, d) are in it."""

    places: Tensor
    neurons: Tensor

    def blocks(self, matrix: Tensor) -> Tensor:
        """Return the blocks (k, d, d) of the neurons in a matrix (q, q)."""
        return matrix[self.neurons[:, :, None], self.neurons[:, None, :]]


def groups(layers: Sequence[LayerWeights], layer: int) -> list[Group]:
    """Return the weights whose curvature is measured together: all, or those of each neuron."""
    neurons = torch.from_numpy(layers[layer - 1].of_units)
    count = sum(one.of_units.size for one in layers)
    if count <= WHOLE:
        return [Group(torch.arange(count), neurons)]
    return [Group(places, torch.arange(len(places))[None]) for places in neurons]


@dataclass(frozen=True)
class Curved:
    """Mean curvature (q, q) of each group, and JSON values about it."""

    matrices: list[Tensor]
    facts: dict[str, Any]


def curved(
    objective: Objective, weights: Tensor, sample: Sample, groups: Sequence[Group]
) -> Curved:
    """Return the mean Hessian of every group; if one is indefinite, Gauss–Newton of all.

    Of an indefinite Hessian there is no sandwich: the theory is of a minimum.
    """
    matrices = [hessian(objective, weights, sample, group.places) for group in groups]
    if not all(matrix.isfinite().all() for matrix in matrices):
        raise DataError("the Hessian is not finite: the network, or a row, is too large")
    eigenvalues = [torch.linalg.eigvalsh(matrix) for matrix in matrices]
    smallest = min(float(values[0]) for values in eigenvalues)
    largest = max(float(values[-1]) for values in eigenvalues)
    facts = {"weights": "all" if len(groups) == 1 else "of each neuron", "eigenvalue": smallest}
    if smallest >= -ROUND_OFF * largest:
        return Curved(matrices, facts | {"matrix": "Hessian"})
    matrices = [gauss_newton(objective, weights, sample, group.places) for group in groups]
    return Curved(matrices, facts | {"matrix": "Gauss–Newton"})


def damped_inverse(matrix: Tensor, damping: float) -> tuple[Tensor, float, int]:
    """Return the inverse of a matrix (q, q) whose eigenvalues are raised to a floor δ at least.

    δ is a share ``damping`` of the largest eigenvalue. Also returns δ, and how many were raised.
    Raises ``DataError`` if the matrix is zero.
    """
    values, vectors = torch.linalg.eigh(matrix)
    floor = damping * values[-1]
    if not floor > 0:
        raise DataError("the loss does not depend on these weights: their Hessian is zero")
    inverse = vectors / values.clamp_min(floor) @ vectors.T
    return inverse, float(floor), int((values < floor).sum())


def sandwich(
    objective: Objective,
    weights: Tensor,
    sample: Sample,
    groups: Sequence[Group],
    damping: float,
) -> tuple[Tensor, dict[str, Any]]:
    """Return blocks (K, d, d) of A⁻¹SA⁻¹, the covariance of √n (w̄ − w*), and JSON values.

    ``weights`` (r, P) are one optimum with all its rows (offline), or points of a path with the
    rows that were met there (online).
    """
    found = curved(objective, weights, sample, groups)
    inverses = [damped_inverse(matrix, damping) for matrix in found.matrices]
    blocks = []
    for group, (inverse, _, _) in zip(groups, inverses, strict=True):
        gradients = row_gradients(objective, weights, sample, group.places) @ inverse
        blocks.append(group.blocks(gradients.T @ gradients / len(gradients)))
    facts = found.facts | {
        "damping": max(floor for _, floor, _ in inverses),
        "damped": sum(raised for _, _, raised in inverses),
    }
    return torch.cat(blocks), facts


def batch_means(path: Path, neurons: Tensor, batch: int) -> Tensor:
    """Return blocks (r, K, d, d) of A⁻¹SA⁻¹ from iterates only (Chen, Lee, Tong and Zhang 2020).

    Σ n (x̄ − x̄̄)(x̄ − x̄̄)ᵀ / (M C − 1) over the means x̄ of M batches of n steps in C chains; n counts
    rows, ``batch`` in a step. ``neurons`` (K, d) are places of weights. Batches that are short
    beside the time in which a chain forgets are alike, and give too little: by about the share of
    that time in a batch.
    """
    centred = (path.batches - path.mean[None, :, None])[..., neurons]
    rows = path.lengths * batch
    sums = torch.einsum("m,mrckp,mrckq->rkpq", rows, centred, centred)
    return sums / (centred.shape[0] * centred.shape[2] - 1)

"""Permutation nulls: what statistics come to when samples are not paired."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import generator

# Rows of products between all samples that are in memory at once.
ROWS = 512


def null_residuals(rotated: Tensor, target: Tensor, orders: Tensor) -> Tensor:
    """Return the residuals (s,) of rotated coordinates (n, k) against s shuffled pairings.

    ``orders`` (s, n) are permutations of the target's rows (n, k). On pairs that the rotation was
    not fitted on, the residual of the true pairing is one more draw from these if the networks
    have nothing in common, so that its place among them is an exact test (after Jackson,
    "PROTEST", Ecoscience 2 (1995) 297).
    """
    energy = rotated.square().sum() + target.square().sum()
    common = rotated.new_zeros(len(orders))
    # ⟨source_i, target_j⟩ once for all pairings, some rows at a time.
    for start in range(0, len(rotated), ROWS):
        products = rotated[start : start + ROWS] @ target.mT
        paired = orders[:, start : start + ROWS]
        common += products[torch.arange(len(products)), paired].sum(dim=1)
    return (energy - 2 * common) / rotated.numel()


def p_value(statistic: float, null: Tensor) -> float:
    """Return the share of the null at or below a statistic, itself counted among them.

    (1 + #{null ≤ statistic}) / (1 + s), never zero (Phipson & Smyth 2010).
    """
    return (1 + int((null <= statistic).sum())) / (1 + len(null))


def shuffled_orders(count: int, samples: int, seed: int) -> Tensor:
    """Return s random orders of n samples: (s, n)."""
    draw = generator(seed, "shuffles")
    return torch.from_numpy(np.stack([draw.permutation(samples) for _ in range(count)]))


def procrustes_test(rotated: Tensor, target: Tensor, orders: Tensor) -> tuple[dict, Tensor]:
    """Return residual, null quantile and p-value of held-out coordinates (n, k), and the null (s,).

    ``rotated`` are the source's own coordinates after the rotation, ``orders`` (s, n) shuffle the
    pairing.
    """
    null = null_residuals(rotated, target, orders)
    residual = (rotated - target).square().mean().item()
    figures = {
        "residual": residual,
        "null_quantile_01": null.quantile(0.01).item(),
        "p_value": p_value(residual, null),
        "shuffles": len(null),
    }
    return figures, null

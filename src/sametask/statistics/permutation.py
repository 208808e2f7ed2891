"""Permutation tests: the distribution of a statistic when samples are paired at random."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import generator

# Rows of the matrix of products between all samples that are in memory at once.
ROWS = 512


def null_residuals(rotated: Tensor, target: Tensor, orders: Tensor) -> Tensor:
    """Return the residuals (s,) of rotated coordinates (n, k) against s shuffled pairings.

    ``orders`` (s, n) are permutations of the target's rows (n, k). The pairs must not be those that
    the rotation was fitted on. If the networks have nothing in common, the residual of the true
    pairing then has the same distribution as these, and its rank among them is an exact test
    (after Jackson, "PROTEST", Ecoscience 2 (1995) 297).
    """
    energy = rotated.square().sum() + target.square().sum()
    common = rotated.new_zeros(len(orders))
    # The products ⟨source_i, target_j⟩ are the same for all pairings; some rows at a time.
    for start in range(0, len(rotated), ROWS):
        products = rotated[start : start + ROWS] @ target.mT
        paired = orders[:, start : start + ROWS]
        common += products[torch.arange(len(products)), paired].sum(dim=1)
    return (energy - 2 * common) / rotated.numel()


def p_value(statistic: float, null: Tensor) -> float:
    """Return the fraction of the null distribution (s,) that is at or below a statistic.

    (1 + #{null ≤ statistic}) / (1 + s): the statistic is counted as well, so that the p-value is
    never zero (Phipson & Smyth 2010).
    """
    return (1 + int((null <= statistic).sum())) / (1 + len(null))


def shuffled_orders(count: int, samples: int, seed: int) -> Tensor:
    """Return s random orders of n samples: (s, n)."""
    draw = generator(seed, "shuffles")
    return torch.from_numpy(np.stack([draw.permutation(samples) for _ in range(count)]))


def procrustes_test(rotated: Tensor, target: Tensor, orders: Tensor) -> tuple[dict, Tensor]:
    """Test whether held-out coordinates (n, k) agree; returns figures and the null residuals (s,).

    The figures are the residual, the 1 % quantile of the null, the p-value, and s. ``rotated`` are
    the source's coordinates after the rotation; ``orders`` (s, n) are the shuffled pairings.
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

"""Quadratic functions on the simplex: z* = argmin zᵀQz − cᵀz over z ≥ 0, Σ z = 1."""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.errors import DataError

# Variables that are taken, steps at most, and the gap at which a solution is good enough.
LARGEST, STEPS, GAP = 500, 20_000, 1e-8


def projected(points: Tensor) -> Tensor:
    """Return the nearest points (…, K) of the simplex (Duchi et al., ICML 2008)."""
    ordered = points.sort(dim=-1, descending=True).values
    number = torch.arange(1, points.shape[-1] + 1, device=points.device)
    above = (ordered.cumsum(dim=-1) - 1) / number
    kept = (ordered > above).sum(dim=-1, keepdim=True)
    return (points - above.gather(-1, kept - 1)).clamp_min(0)


def convex(quadratic: Tensor) -> Tensor:
    """Return symmetric matrices Q (…, K, K) with |λ| I added where the least eigenvalue λ < 0."""
    least = torch.linalg.eigvalsh(quadratic)[..., 0].clamp_max(0)
    return quadratic - least[..., None, None] * torch.eye(quadratic.shape[-1]).to(quadratic)


def gap(quadratic: Tensor, linear: Tensor, points: Tensor) -> Tensor:
    """Return ∇f(z)ᵀz − min ∇f(z) (n,): by so much at most f(z) is above its minimum."""
    gradient = 2 * (quadratic @ points[..., None])[..., 0] - linear
    return (gradient * points).sum(dim=-1) - gradient.amin(dim=-1)


def minimise(quadratic: Tensor, linear: Tensor) -> Tensor:
    """Return z* (n, K) of n convex functions, Q (n, K, K) and c (n, K).

    Projected gradients with momentum that starts anew where it leads uphill (Beck & Teboulle 2009;
    O'Donoghue & Candès 2015). Raises ``DataError`` for too many variables, for values that are not
    finite, and if the gap stays too large.
    """
    size = linear.shape[-1]
    if size > LARGEST:
        raise DataError(f"neurons are chosen among at most {LARGEST}, but the layer has {size}")
    if not (quadratic.isfinite().all() and linear.isfinite().all()):
        raise DataError("neurons cannot be chosen by activations that are not finite")
    step = 0.5 / torch.linalg.matrix_norm(quadratic, 2).clamp_min(1e-12)[:, None]
    points = torch.full_like(linear, 1 / size)
    ahead, pace = points, torch.ones_like(step)
    for count in range(STEPS):
        gradient = 2 * (quadratic @ ahead[..., None])[..., 0] - linear
        moved = projected(ahead - step * gradient)
        uphill = (gradient * (moved - points)).sum(dim=-1, keepdim=True) > 0
        pace = pace.masked_fill(uphill, 1.0)
        faster = (1 + (1 + 4 * pace.square()).sqrt()) / 2
        ahead = moved + ((pace - 1) / faster) * (moved - points)
        points, pace = moved, faster
        if count % 50 == 0 and gap(quadratic, linear, points).max() <= GAP:
            return points
    worst = float(gap(quadratic, linear, points).max())
    raise DataError(f"the choice of neurons did not settle: gap {worst:.1e} after {STEPS} steps")

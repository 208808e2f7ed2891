"""The maps that a user would pick instead of ours: fitted on the same pairs, same interface.

Each takes measured activations of the source (N, m), all neurons of the target (N, t), and
returns the stages of a map.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from sklearn.linear_model import RidgeCV
from torch import Tensor, nn

from sametask.interpolation import Affine, fit_radial_basis

RIDGE = np.logspace(-10, 4, 29)


def mean_map(source: Tensor, target: Tensor) -> Mapping[str, nn.Module]:
    """Answer with the target's mean whatever the source is: the floor of every table."""
    matrix = source.new_zeros(source.shape[1], target.shape[1])
    return {"mean": Affine(matrix=matrix, offset=target.mean(dim=0))}


def affine_map(source: Tensor, target: Tensor) -> Mapping[str, nn.Module]:
    """Ridge regression on standardised neurons, its penalty by leave-one-out cross-validation."""
    mean, spread = source.mean(dim=0), source.std(dim=0)
    spread = torch.where(spread > 0, spread, 1.0)
    ridge = RidgeCV(RIDGE).fit(((source - mean) / spread).cpu().numpy(), target.cpu().numpy())
    slope = torch.as_tensor(np.atleast_2d(ridge.coef_), dtype=source.dtype, device=source.device)
    intercept = torch.as_tensor(ridge.intercept_, dtype=source.dtype, device=source.device)
    matrix = slope.mT / spread[:, None]
    return {"affine": Affine(matrix=matrix, offset=intercept - mean @ matrix)}


def direct_rbf_map(
    source: Tensor, target: Tensor, smoothing: float = 0.0
) -> Mapping[str, nn.Module]:
    """Thin-plate splines from activations to activations, through no coordinates at all."""
    return {"radial_basis": fit_radial_basis(source, target, smoothing)}

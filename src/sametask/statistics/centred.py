"""Rows around their mean: what linear maps between two sets of paired rows are fitted to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

# Deviations below this fraction of the values are round-off: a centred constant is not exactly 0.
ROUND_OFF = 1e-14


@dataclass(frozen=True)
class Centred:
    """Rows (…, n, m) without their ``mean`` (…, m), and the ``norm`` (…) of the values themselves.

    Leading axes are of sets of rows that are taken at once.
    """

    mean: Tensor
    rows: Tensor
    norm: Tensor

    @classmethod
    def of(cls, values: Tensor) -> Centred:
        """Take the mean off values (…, n, m)."""
        mean = values.mean(dim=-2)
        return cls(mean, values - mean[..., None, :], values.norm(dim=(-2, -1)))

    @property
    def round_off(self) -> Tensor:
        """Norms (…) of rows that are round-off."""
        return ROUND_OFF * self.norm

    @property
    def narrow(self) -> bool:
        """Whether there are fewer neurons than rows."""
        return self.rows.shape[-1] < self.rows.shape[-2]

    @cached_property
    def products(self) -> Tensor:
        """Xᵀ X (…, m, m) if there are fewer neurons than rows, else X Xᵀ (…, n, n)."""
        rows = self.rows
        return rows.mT @ rows if self.narrow else rows @ rows.mT

    def energy(self, directions: Tensor) -> Tensor:
        """Return Σ ‖X u‖² (…) over directions u (…, m, k)."""
        if self.narrow:
            return (directions * (self.products @ directions)).sum(dim=(-2, -1))
        return (self.rows @ directions).square().sum(dim=(-2, -1))

    @cached_property
    def spanned(self) -> tuple[Tensor, Tensor]:
        """Q (…, m, n), orthonormal, and R (…, n, n) of few rows X, n < m: Xᵀ = Q R."""
        basis, coordinates = torch.linalg.qr(self.rows.mT)
        return basis, coordinates

    def cross(self, target: Centred) -> Tensor:
        """Return Xᵀ Y (…, m, t) for the rows Y (…, n, t) of a target."""
        return self.rows.mT @ target.rows

    def offset(self, matrix: Tensor, target: Centred) -> Tensor:
        """Return b (…, t) of the map x M + b that takes this mean to the mean of a target."""
        return target.mean - (self.mean[..., None, :] @ matrix)[..., 0, :]

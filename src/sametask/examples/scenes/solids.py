"""Solids as signed distances: capsules in a smooth union, evaluated for many points at once."""

from __future__ import annotations

from math import log
from typing import Protocol

import numpy as np
import torch

CHUNK = 8192  # points at a time: larger tensors are mapped and unmapped at every step


class Solid(Protocol):
    """A solid for the renderer: it is inside its box and inside the unit sphere."""

    low: torch.Tensor
    high: torch.Tensor

    def distance(self, points: torch.Tensor) -> torch.Tensor:
        """Return the signed distance (n,) of points (3, n): negative inside."""

    def surface(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the distance's gradient (3, n), and how light the surface is, in [0, 1]: (n,)."""


class Capsules:
    """A smooth union of capsules with two radii, moved and scaled into the unit sphere.

    A capsule from a to b with radii r and s has the distance ‖x − a − h (b − a)‖ − r − h (s − r),
    where h is the place of x along the axis, clamped to [0, 1] (Quilez, "Distance functions":
    an approximate round cone, exact for r = s). The union is −w log Σ exp(−dᵢ/w).

    Parameters: ``begin`` and ``end`` (p, 3), ``radii`` (p, 2), ``tones`` (p,) in [0, 1], and
    ``blend``, the width w; lengths in any one unit.
    """

    def __init__(
        self,
        begin: np.ndarray,
        end: np.ndarray,
        radii: np.ndarray,
        tones: np.ndarray,
        blend: float,
    ):
        tips, reach = np.concatenate([begin, end]), np.concatenate([radii[:, 0], radii[:, 1]])
        low, high = (tips - reach[:, None]).min(0), (tips + reach[:, None]).max(0)
        centre = (low + high) / 2
        scale = 1 / (np.linalg.norm(tips - centre, axis=1) + reach).max()
        self.low = torch.tensor((low - centre) * scale, dtype=torch.float32)
        self.high = torch.tensor((high - centre) * scale, dtype=torch.float32)
        self.unit = blend * scale * log(2)
        # Lengths are in units of w ln 2 from here on: exp2 takes half the time of exp.
        unit = blend * log(2)
        a, axis = (begin - centre) / unit, (end - begin) / unit
        length2 = np.maximum((axis**2).sum(1), 1e-9)  # a sphere is a capsule without an axis
        place = np.c_[axis, 0 * length2, -(axis * a).sum(1)] / length2[:, None]
        squared = np.c_[-2 * a, np.ones(len(a)), (a**2).sum(1)]
        self._forms = torch.tensor(np.r_[place, squared], dtype=torch.float32)
        self._length2 = torch.tensor(2 * length2[:, None], dtype=torch.float32)
        self._growth = torch.tensor((radii[:, 1:] - radii[:, :1]) / unit, dtype=torch.float32)
        self._weights = torch.tensor(2 ** (radii[:, 0] / unit), dtype=torch.float32)
        self._sums = torch.tensor(np.stack([np.ones(len(a)), tones]), dtype=torch.float32)
        self._begin = torch.tensor(np.c_[a, np.ones(len(a))].T, dtype=torch.float32)
        self._axis = torch.tensor(axis.T, dtype=torch.float32)

    def _evaluate(
        self, points: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return x (3, n) and, for all capsules (p, n), h, the distance r from the axis, 2^(g − r).

        All capsules are evaluated in one (p, n) tensor: the place along the axis and the squared
        distance from a are linear in (x, ‖x‖², 1), hence one matrix product. The rest is in
        place, with ‖x − a − h (b − a)‖² = ‖x − a‖² + 2 ‖b − a‖² h (h/2 − place).
        """
        x = points / self.unit
        x = torch.cat([x, x.square().sum(0, keepdim=True), torch.ones_like(x[:1])])
        place, squared = (self._forms @ x).chunk(2)
        h = place.clamp(0, 1)
        squared.addcmul_(place.sub_(h, alpha=0.5).mul_(h), self._length2, value=-1)
        axial = squared.clamp_min_(1e-6).sqrt_()
        return x[:3], h, axial, torch.mul(h, self._growth).sub_(axial).exp2_()

    def distance(self, points: torch.Tensor) -> torch.Tensor:
        """Return the signed distance (n,) of points (3, n).

        The sum has a floor of 1e-30, so that far away, where float32 would underflow, the
        distance stops at 69 blends, which is below the truth and hence safe to step by.
        """
        total = [self._weights @ self._evaluate(part)[-1] for part in points.split(CHUNK, dim=1)]
        return torch.cat(total).add_(1e-30).log2_().mul_(-self.unit)

    def surface(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the gradient (3, n) of the distance, and the tones mixed as the union is: (n,).

        Σ eᵢ nᵢ / Σ eᵢ with eᵢ = exp(−dᵢ/w) and the direction nᵢ = (x − a − h (b − a))/‖…‖ from each
        axis, which neglects the slope of a capsule whose radius changes.
        """
        parts = [self._surface(part) for part in points.split(CHUNK, dim=1)]
        gradients, tones = zip(*parts, strict=True)
        return torch.cat(gradients, dim=1), torch.cat(tones)

    def _surface(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x, h, axial, closeness = self._evaluate(points)
        closeness.mul_(self._weights[:, None])
        total, toned = (self._sums @ closeness).add_(1e-30)
        pull = closeness.div_(axial)
        begin = self._begin @ pull
        gradient = x * begin[3] - begin[:3] - self._axis @ h.mul_(pull)
        return gradient / total, toned / total

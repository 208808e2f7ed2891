"""Whether held-out activations lie within the support of the fit samples."""

from __future__ import annotations

import torch
from torch import Tensor

# Rows of distances that are computed at once.
BLOCK = 512


def nearest_distances(points: Tensor, centres: Tensor, itself: bool = False) -> Tensor:
    """Return the distance (n,) of points (n, m) to the nearest centre (N, m).

    If points and centres are the same, ``itself`` leaves out the distance of a point to itself.
    """
    nearest = []
    for start in range(0, len(points), BLOCK):
        distances = torch.cdist(points[start : start + BLOCK], centres)
        if itself:
            distances[:, start : start + BLOCK].fill_diagonal_(torch.inf)
        nearest.append(distances.amin(dim=1))
    return torch.cat(nearest)


def outside_support(test: Tensor, fit: Tensor) -> Tensor:
    """Return for test activations (n, m) whether a map fitted on ``fit`` (N, m) extrapolates.

    A point is outside if its distance to the nearest fit sample exceeds the largest distance of a
    fit sample to its nearest other one (a nearest-neighbour one-class rule; Tax & Duin 1998 in its
    simplest form).
    """
    reach = nearest_distances(fit, fit, itself=True).max()
    return nearest_distances(test, fit) > reach

"""Distances between samples."""

from __future__ import annotations

import torch
from torch import Tensor


def exact_distances(points: Tensor, centres: Tensor) -> Tensor:
    """Return the Euclidean distances ‖x − c‖ of points (n, m) and centres (N, m): (n, N).

    Differences are computed first. For many points ``torch.cdist`` would use the faster
    √(‖x‖² + ‖c‖² − 2 x·c), which loses all digits where points nearly coincide.
    """
    return torch.cdist(points, centres, compute_mode="donot_use_mm_for_euclid_dist")

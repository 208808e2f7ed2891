"""What is left out together in cross-validation: all rows of one sample, such as its slices.

Slices of one sequence are alike: what is fitted to one of them has all but seen the others.
"""

from __future__ import annotations

import torch
from torch import Tensor


def places(rows: int, groups: Tensor | None) -> Tensor:
    """Return which sample (N,) each of N rows belongs to, counted from 0.

    ``groups`` (N,) are equal for rows of one sample; without them every row is one. So it is where
    all rows are of one sample, which could not be left out.
    """
    if groups is not None:
        distinct, place = torch.unique(groups, return_inverse=True)
        if len(distinct) > 1:
            return place
    return torch.arange(rows)


def shared(place: Tensor) -> list[Tensor]:
    """Return the rows of every sample that has more than one."""
    order = place.argsort(stable=True)
    parts = order.split(torch.bincount(place).tolist())
    return [rows for rows in parts if len(rows) > 1]

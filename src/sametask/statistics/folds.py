"""Rows that cross-validation leaves out together: all rows of one sample, such as its slices.

Slices of one sequence are alike. A fit to some of them predicts the others too well, so that they
must be left out together.
"""

from __future__ import annotations

import torch
from torch import Tensor


def places(rows: int, groups: Tensor | None) -> Tensor:
    """Return the number (N,) of the sample that each of N rows belongs to, counted from 0.

    ``groups`` (N,) are equal for rows of one sample. Without groups, every row is a sample. Every
    row is also a sample if all groups are equal, because the only sample could not be left out.
    """
    if groups is not None:
        distinct, place = torch.unique(groups, return_inverse=True)
        if len(distinct) > 1:
            return place
    return torch.arange(rows)


def rows_together(place: Tensor) -> list[Tensor]:
    """Return the rows of every sample that has more than one row; ``place`` as of ``places``."""
    order = place.argsort(stable=True)
    parts = order.split(torch.bincount(place).tolist())
    return [rows for rows in parts if len(rows) > 1]

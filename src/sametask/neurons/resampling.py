"""Which rows each network of an ensemble learns from, and what its covariance is then worth."""

from __future__ import annotations

import numpy as np

from sametask.base.errors import DataError
from sametask.base.randomness import generator
from sametask.config.sections.ensemble_section import Scheme

# In the place of a row that a network does not learn from.
LEFT_OUT = -1


def drawn_rows(scheme: Scheme, learned: np.ndarray, members: int, seed: int) -> np.ndarray:
    """Return the rows (N, n) that each of N networks learns from, of n ``learned`` ones.

    With ``jackknife``, the rows are put in random order, and network i has ``LEFT_OUT`` in place of
    the i-th of N groups of ⌊n / N⌋ rows; rows beyond are in no group. Otherwise, each draws n of
    n rows with replacement. ``DataError`` if there are fewer rows than groups.
    """
    random = generator(seed, "rows of members")
    if scheme != "jackknife":
        return random.choice(learned, (members, len(learned))).astype(np.int32)
    size = group_size(len(learned), members)
    rows = np.tile(random.permutation(learned), (members, 1)).astype(np.int32)
    for member in range(members):
        rows[member, member * size : (member + 1) * size] = LEFT_OUT
    return rows


def group_size(rows: int, members: int) -> int:
    """Return how many rows each network of a jackknife learns without."""
    if rows < members:
        raise DataError(
            f"a jackknife of {members} networks needs as many rows to learn from, but there are "
            f"{rows}; set training.members to {rows} or less"
        )
    return rows // members


def covariance_factor(scheme: Scheme, rows: int, members: int) -> float:
    """Return what turns the sample covariance of N networks into that of one's weights.

    It is 1 where rows are drawn anew. A jackknife that leaves out g of n rows has
    (n − g) / (g N) · Σᵢ (wᵢ − w̄)(wᵢ − w̄)ᵀ, which is (N − 1) / N · Σᵢ … where all rows are in
    groups, and the sample covariance is divided by N − 1 (Shao and Wu, Annals of Statistics 17
    (1989) 1176).
    """
    if scheme != "jackknife":
        return 1.0
    size = group_size(rows, members)
    return (rows - size) * (members - 1) / (size * members)

"""The halves of a population: networks to learn from, and networks to be tested on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np

from sametask.base.randomness import generator


def halved(kinds: Sequence[Hashable], seed: int) -> np.ndarray:
    """Return the half (n,) of each of n networks, as its place in ``SPLITS``.

    ``kinds`` has the kind of each. Of every kind, half of the networks are in each half; of an odd
    number, one more in ``train``.
    """
    halves = np.zeros(len(kinds), np.int8)
    rows: dict[Hashable, list[int]] = {}
    for place, kind in enumerate(kinds):
        rows.setdefault(kind, []).append(place)
    for number, some in enumerate(rows.values()):
        chosen = generator(seed, "split of networks", number).permutation(some)
        halves[chosen[(len(some) + 1) // 2 :]] = 1
    return halves

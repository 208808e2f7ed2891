"""All random numbers of a verdict, drawn in one call.

No other part of the verdict needs the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from sametask.base.randomness import derived_seed
from sametask.statistics.permutation import shuffled_orders
from sametask.statistics.variance import resamples


@dataclass(frozen=True)
class Chance:
    """Random numbers for n held-out samples.

    ``draws`` (s, n): how often each sample occurs in each of s bootstrap resamples. ``orders``
    (p, n): p shuffled pairings. ``pairing``: the seed of the control with shuffled pairs.
    """

    draws: Tensor
    orders: Tensor
    pairing: int


def draw_chance(samples: int, bootstraps: int, shuffles: int, seed: int) -> Chance:
    """Draw ``bootstraps`` resamples and ``shuffles`` pairings of n ``samples`` from one seed."""
    return Chance(
        draws=resamples(bootstraps, samples, seed),
        orders=shuffled_orders(shuffles, samples, seed),
        pairing=derived_seed(seed, "shuffled pairs"),
    )

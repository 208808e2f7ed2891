"""Dropout in many networks at once, each with a probability and random numbers of its own."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sametask.base.randomness import derived_seed
from sametask.populations.members import Member


class StackedDropout:
    """Draws which features of networks drop out."""

    def __init__(self, group: Sequence[Member], seed: int) -> None:
        self.probabilities = torch.tensor([member.dropout for member in group])[:, None, None]
        self.random = [
            torch.Generator().manual_seed(derived_seed(seed, f"dropout {member.number}"))
            for member in group
        ]

    def factors(self, batches: Sequence[int], features: int) -> Sequence[Tensor | None]:
        """Return what the features are multiplied by (n, b, features) in batches of b images.

        It is 0 with the probability p of the network, else 1 / (1 − p); ``None`` if all p are 0.
        """
        if not self.probabilities.any():
            return [None] * len(batches)
        drawn = [torch.rand(sum(batches), features, generator=own) for own in self.random]
        kept = torch.stack(drawn) >= self.probabilities
        return (kept / (1 - self.probabilities)).split(list(batches), dim=1)

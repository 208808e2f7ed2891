"""What noise on weights, or on their codes, leaves of what an autoencoder gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.randomness import derived_seed
from sametask.weights import scores
from sametask.weights.autoencoders import LEARNED_AT, Autoencoder
from sametask.weights.learning import AT_ONCE
from sametask.weights.noise import PLACES, noisy
from sametask.weights.rows import placed

# Signal-to-noise ratios in decibels; and one of so many checkpoints, from the last one back.
RATIOS = tuple(range(-20, 41, 5))
APART = 10


@torch.no_grad()
def through_noise(
    model: Autoencoder, weights: Tensor, place: str, decibels: float, seed: int
) -> Tensor:
    """Return what comes back of weights (r, P) with noise at a place, one of ``PLACES``.

    The noise is the same for all autoencoders with codes of the same size.
    """
    random = torch.Generator().manual_seed(derived_seed(seed, f"noise {place} {decibels}"))
    decoded = []
    for some in weights.split(AT_ONCE):
        if place == "input":
            decoded.append(model(noisy(some, decibels, random)))
        else:
            decoded.append(model.decode(noisy(model.encode(some), decibels, random)))
    return torch.cat(decoded)


@dataclass(frozen=True)
class Held:
    """Checkpoints of held-out networks: ``weights`` (n, E, P), and which are ``counted`` (n, E)."""

    weights: np.ndarray
    counted: np.ndarray

    def thinned(self) -> Held:
        """Return one of every ``APART`` checkpoints, the last one among them."""
        kept = slice((self.counted.shape[1] - 1) % APART, None, APART)
        return Held(self.weights[:, kept], self.counted[:, kept])

    def noised(self, model: Autoencoder, place: str, decibels: float, seed: int) -> np.ndarray:
        """Return what comes back (n, E, P) of the checkpoints with noise at a place."""
        rows = torch.from_numpy(self.weights[self.counted])
        decoded = through_noise(model, rows, place, decibels, seed)
        return placed(decoded.double().numpy(), self.counted)


@dataclass(frozen=True)
class Swept:
    """R² of m autoencoders under noise. The last axis is low, estimate, high.

    ``r2`` (m, 2, s, 3): by place and ratio. ``more`` (m − 1, 2, s, 3): by how much it is larger
    than that of the first autoencoder. ``by_checkpoint`` (m, 2, E): at ``LEARNED_AT``.
    """

    r2: np.ndarray
    more: np.ndarray
    by_checkpoint: np.ndarray


def _plain(score: scores.Score) -> list[float]:
    return [score.low, score.estimate, score.high]


def _at(
    models: Sequence[Autoencoder], held: Held, place: str, decibels: float, seed: int
) -> tuple[list, list]:
    """Return R² of every model, and by how much those of the others exceed that of the first."""
    wanted = held.weights.astype(float)
    found = [held.noised(model, place, decibels, seed) for model in models]
    entries = [scores.as_entries(some, wanted, held.counted) for some in found]
    first, true, counted = entries[0]
    each = [_plain(scores.explained(*some, seed)) for some in entries]
    more = [
        _plain(scores.explained_more(some[0], first, true, counted, seed)) for some in entries[1:]
    ]
    return each, more


def sweep(models: Sequence[Autoencoder], held: Held, seed: int) -> Swept:
    """Add noise of all ``RATIOS`` at both places; the first model has learned without noise."""
    few = held.thinned()
    found = [[_at(models, few, place, ratio, seed) for ratio in RATIOS] for place in PLACES]
    # (place, ratio, model, 3) to (model, place, ratio, 3).
    r2, more = (
        np.array([[at[part] for at in row] for row in found]).transpose(2, 0, 1, 3)
        for part in (0, 1)
    )
    by_checkpoint = [
        [
            scores.explained_by_checkpoint(
                held.noised(model, place, LEARNED_AT, seed),
                held.weights.astype(float),
                held.counted,
            )
            for place in PLACES
        ]
        for model in models
    ]
    return Swept(r2, more, np.array(by_checkpoint))


def findings(swept: Swept) -> dict[str, Any]:
    """Return what the source says of noise, as it is here: for noise at each place.

    By how much the autoencoder that has learned with noise at this place is better than the one
    without, at the lowest and at the highest ratio (``low``, ``estimate``, ``high``);
    ``helps_until``: the highest ratio at which all of the interval is above 0, or ``None``;
    ``late``: the order of the autoencoders, best first, in the last quarter of the checkpoints.
    """
    said: dict[str, Any] = {}
    for number, place in enumerate(PLACES):
        more = swept.more[number, number]
        helped = [ratio for ratio, (low, _, _) in zip(RATIOS, more, strict=True) if low > 0]
        quarter = swept.by_checkpoint[:, number, -(swept.by_checkpoint.shape[2] // 4) :]
        said[place] = {
            "lowest": scores.Score(*more[0]).plain(),
            "highest": scores.Score(*more[-1]).plain(),
            "helps_until": max(helped, default=None),
            "late": (-quarter.mean(axis=1)).argsort().tolist(),
        }
    return said

"""Frames of sounds: which of them a map is fitted on, and what is around each of them.

Rows are positions of an input, told by ranges of a layer's steps (``ranges``). A sound has too many
of them for perturbations around each; some are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.activations.ranges import exist
from sametask.base.randomness import generator
from sametask.inputs.fields import POSITIONS, fields_of, join_fields


def draw_frames(ranges: np.ndarray, samples: Sequence[int], count: int, seed: int) -> np.ndarray:
    """Return ``count`` positions (n, F) of inputs whose positions have ``ranges`` (n, R, 2).

    They are in ascending order, drawn without repetition; an input with fewer repeats its own. They
    depend on (seed, number of the sample, number of its positions) alone, so that all networks and
    jobs draw the same ones.
    """
    drawn = np.empty((len(ranges), count), np.int64)
    for place, sample in enumerate(samples):
        there = int(exist(ranges[place]).sum())
        order = generator(seed, "frames", int(sample)).permutation(there)
        drawn[place] = np.resize(np.sort(order[:count]), count)
    return drawn


def only_frames(perturbed: np.ndarray, samples: Sequence[int], count: int, seed: int) -> np.ndarray:
    """Return perturbations (n, M), records, with the ranges of the drawn positions only."""
    fields = fields_of(perturbed.reshape(-1)) or {}
    ranges = perturbed[POSITIONS]
    frames = draw_frames(ranges[:, 0], samples, count, seed)
    some = np.take_along_axis(ranges, frames[:, None, :, None], axis=2)
    flat = some.reshape(-1, *some.shape[2:])
    return join_fields({**fields, POSITIONS: flat}).reshape(perturbed.shape)


def windows(positions: Tensor, counts: Tensor, context: int) -> Tensor:
    """Return each position (n, R, m) with ``context`` c before and after it: (n, R, (2 c + 1) m).

    ``counts`` (n,) says how many positions of each input exist. Beyond its first and its last one,
    these are repeated.
    """
    places = torch.arange(positions.shape[1], device=positions.device)
    offsets = torch.arange(-context, context + 1, device=positions.device)
    last = counts.to(positions.device)[:, None, None] - 1
    # Positions that repeat others have their windows.
    own = places % (last[:, 0] + 1)
    around = (own[..., None] + offsets).clamp_min(0).minimum(last)
    rows = torch.arange(len(positions), device=positions.device)[:, None, None]
    return positions[rows, around].flatten(2)

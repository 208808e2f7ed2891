"""Align diffusion coordinates of different samples: first guesses, and their spectral refinement.

Melzi, Ren, Rodolà, Sharma, Wonka & Ovsjanikov, "ZoomOut: spectral upsampling for efficient shape
correspondence", ACM Trans. Graph. 38 (2019) 155, between coordinates of two networks.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from sametask.statistics.procrustes import procrustes

# Decay rates closer than this share belong to one group, whose coordinates may be turned freely.
GAP = 0.25
# Leading coordinates that first guesses are made for, and first guesses at most.
LEADING, GUESSES = 4, 32
# Turns that are tried of a group of two.
TURNS = 8
# Groups that are mirrored about the shared inputs: two circles have one each.
MIRRORED = 2


def decay_rates(eigenvalues: Tensor, bandwidth: float) -> Tensor:
    """Return −log λ / ε (k,): what does not depend on the bandwidth, per squared input unit."""
    return -eigenvalues.log() / bandwidth


def groups(rates: Tensor) -> list[list[int]]:
    """Return the places of coordinates, grouped where decay rates (k,) are nearly equal."""
    found = [[0]]
    for place in range(1, len(rates)):
        near = rates[place] < (1 + GAP) * rates[place - 1]
        if near:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def _turns(size: int) -> list[Tensor]:
    """Return orthogonal matrices (size, size) that cover a group: signs, or turns and a mirror."""
    if size == 1:
        return [torch.eye(1, dtype=torch.float64) * sign for sign in (1, -1)]
    turned = []
    for angle in torch.arange(TURNS, dtype=torch.float64) * 2 * torch.pi / TURNS:
        cos, sin = angle.cos(), angle.sin()
        turned += [
            torch.stack([torch.stack([cos, -sin * way]), torch.stack([sin, cos * way])])
            for way in (1, -1)
        ]
    return turned


def blind_guesses(rates: Tensor) -> list[Tensor]:
    """Return first guesses at the rotation of the leading coordinates that no pair is needed for.

    All signs of single coordinates and evenly spread turns of pairs of nearly equal rates, for as
    many of the ``LEADING`` ones as make no more than ``GUESSES`` together.
    """
    blocks, size, total = [], 0, 1
    for group in groups(rates):
        if size >= LEADING or len(group) > 2:
            break
        turns = _turns(len(group))
        if total * len(turns) > GUESSES:
            break
        blocks.append(turns)
        size, total = size + len(group), total * len(turns)
    if not blocks:
        # More than two equal rates: coordinates in their order, with every sign.
        blocks = [_turns(1)] * min(LEADING, len(rates))
    return [torch.block_diag(*chosen) for chosen in product(*blocks)]


def _both_ways(source: Tensor, target: Tensor) -> list[Tensor]:
    """Return the best orthogonal matrix (g, g) for pairs (n, g), and the best of the other sign.

    U Vᵀ of sourceᵀ target = U S Vᵀ, and U diag(1, …, 1, −1) Vᵀ: the mirror image about what the
    pairs span. Where pairs do not tell the two apart, round-off decides which comes first.
    """
    left, _, right = torch.linalg.svd(source.mT @ target)
    mirror = torch.ones_like(left[0])
    mirror[-1] = -1
    return [left @ right, left @ mirror.diag() @ right]


def paired_guesses(source: Tensor, target: Tensor, rates: Tensor) -> list[Tensor]:
    """Return first guesses from shared inputs' coordinates (n, k): Procrustes group by group.

    One for every number of leading groups of no more than ``2 LEADING`` coordinates together,
    and where up to ``MIRRORED`` groups are taken, every way to mirror some of them about the
    shared inputs: one shared input of a circle, or two that lie opposite to each other, leave a
    turn and a mirrored turn, and only refinement can tell what others leave.
    """
    if len(source) == 0:
        return []
    blocks, found = [], []
    for group in groups(rates):
        if group[-1] >= 2 * LEADING:
            break
        blocks.append(_both_ways(source[:, group], target[:, group]))
        some = blocks if len(blocks) <= MIRRORED else [ways[:1] for ways in blocks]
        found += [torch.block_diag(*chosen) for chosen in product(*some)]
    return found


def nearest(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest of targets (N, k) for each of sources (n, k): rows and distances (n,)."""
    distance, row = torch.cdist(source, target).min(dim=1)
    return row, distance


def zoom_out(source: Tensor, target: Tensor, guess: Tensor) -> Tensor:
    """Return the rotation (k, k) that a first guess (q, q) at that of the leading ones leads to.

    Match each of source (n, k) to the nearest of target (N, k) in the coordinates aligned so far,
    fit the rotation of one coordinate more to the matches, and go on.
    """
    rotation = guess
    for size in range(len(guess), source.shape[1] + 1):
        row, _ = nearest(source[:, : len(rotation)] @ rotation, target[:, : len(rotation)])
        rotation = procrustes(source[:, :size], target[row, :size])
    return rotation


def mismatch(source: Tensor, target: Tensor, rotation: Tensor) -> float:
    """Return how far rotated source coordinates are from the nearest target ones, on average.

    The mean square, of coordinates (n, k) and (N, k) of unit mean square each.
    """
    return nearest(source @ rotation, target)[1].square().mean().item() / source.shape[1]

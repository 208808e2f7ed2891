"""Align diffusion coordinates of different samples: first guesses and spectral refinement.

Melzi, Ren, Rodolà, Sharma, Wonka & Ovsjanikov, "ZoomOut: spectral upsampling for efficient shape
correspondence", ACM Trans. Graph. 38 (2019) 155, applied to coordinates of two networks.
"""

from __future__ import annotations

from itertools import product

import torch
from torch import Tensor

from sametask.statistics.procrustes import procrustes

# Decay rates that differ by less than this fraction form a group with an arbitrary rotation.
GAP = 0.25
# Leading coordinates of first guesses, and the largest number of first guesses.
LEADING, GUESSES = 4, 32
# Rotations that are tried for a group of two.
TURNS = 8
# Groups that are mirrored about the shared inputs: a product of two circles has two.
MIRRORED = 2


def decay_rates(eigenvalues: Tensor, bandwidth: float) -> Tensor:
    """Return decay rates −log λ / ε (k,), per squared input unit; comparable between bandwidths."""
    return -eigenvalues.log() / bandwidth


def groups(rates: Tensor) -> list[list[int]]:
    """Return the numbers of coordinates, grouped by nearly equal decay rates (k,)."""
    grouped = [[0]]
    for place in range(1, len(rates)):
        near = rates[place] < (1 + GAP) * rates[place - 1]
        if near:
            grouped[-1].append(place)
        else:
            grouped.append([place])
    return grouped


def _turns(size: int) -> list[Tensor]:
    """Return orthogonal matrices (size, size) for a group: signs, or rotations and reflections."""
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
    """Return first guesses of the rotation of leading coordinates, without any shared inputs.

    All combinations of the signs of single coordinates and evenly spread rotations of pairs with
    nearly equal rates; for as many ``LEADING`` coordinates as give at most ``GUESSES`` guesses.
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
        # More than two equal rates: leading coordinates in their order, with all signs.
        blocks = [_turns(1)] * min(LEADING, len(rates))
    return [torch.block_diag(*chosen) for chosen in product(*blocks)]


def _both_ways(source: Tensor, target: Tensor) -> list[Tensor]:
    """Return the best orthogonal matrix (g, g) for pairs (n, g), and the best of opposite sign.

    With sourceᵀ target = U S Vᵀ, these are U Vᵀ and U diag(1, …, 1, −1) Vᵀ, the mirror image about
    the span of the pairs. If both are equally good, round-off decides which comes first.
    """
    left, _, right = torch.linalg.svd(source.mT @ target)
    mirror = torch.ones_like(left[0])
    mirror[-1] = -1
    return [left @ right, left @ mirror.diag() @ right]


def paired_guesses(source: Tensor, target: Tensor, rates: Tensor) -> list[Tensor]:
    """Return first guesses from shared inputs' coordinates (n, k): Procrustes group by group.

    There is a guess for every number of leading groups with at most ``2 LEADING`` coordinates in
    total. For up to ``MIRRORED`` groups, all combinations of their mirror images about the shared
    inputs are added: one shared input of a circle, or two that are opposite to each other, do not
    distinguish a rotation from its mirror image; only refinement does.
    """
    if len(source) == 0:
        return []
    blocks, guesses = [], []
    for group in groups(rates):
        if group[-1] >= 2 * LEADING:
            break
        blocks.append(_both_ways(source[:, group], target[:, group]))
        some = blocks if len(blocks) <= MIRRORED else [ways[:1] for ways in blocks]
        guesses += [torch.block_diag(*chosen) for chosen in product(*some)]
    return guesses


def nearest(source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Return the nearest target (N, k) of each source (n, k): rows (n,) and distances (n,)."""
    distance, row = torch.cdist(source, target).min(dim=1)
    return row, distance


def zoom_out(source: Tensor, target: Tensor, guess: Tensor) -> Tensor:
    """Extend a guess (q, q) of the rotation of leading coordinates to all coordinates (k, k).

    Each source (n, k) is matched to the nearest target (N, k) in the coordinates aligned so far.
    The rotation with one more coordinate is fitted to these pairs; this is repeated up to k.
    """
    rotation = guess
    for size in range(len(guess), source.shape[1] + 1):
        row, _ = nearest(source[:, : len(rotation)] @ rotation, target[:, : len(rotation)])
        rotation = procrustes(source[:, :size], target[row, :size])
    return rotation


def mismatch(source: Tensor, target: Tensor, rotation: Tensor) -> float:
    """Return the mean square distance of rotated source coordinates to the nearest target.

    Coordinates (n, k) and (N, k) have unit mean square; the mean is over samples and coordinates.
    """
    return nearest(source @ rotation, target)[1].square().mean().item() / source.shape[1]

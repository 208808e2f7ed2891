"""Positions as ranges of a layer's steps: cut from them, and put back.

Two networks cut the same input into different steps: two tokenisers a text, two encoders a sound.
Its words, or points in time, are the same for both, so that they pair the positions of the two. The
inputs say which steps each position has. Of a word, these are whole numbers: the first of its
tokens, and the one after the last. Of a point in time, they are real numbers, a range as long as
one step. The share of a step in a range is the length that the two have in common, so that a point
is interpolated linearly between two steps.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sametask.activations.slices import Array
from sametask.base.errors import NetworkError
from sametask.inputs.fields import POSITIONS
from sametask.networks.given import Given, has_numbers


def ranges_of(given: Given | None) -> Tensor:
    """Return where each position begins and ends, in steps: (n, R, 2), padded with 0.

    Raises ``NetworkError`` if the inputs do not say it, or if one of them has no position.
    """
    if not isinstance(given, Mapping) or POSITIONS not in given:
        raise NetworkError(
            "positions: of: words needs a view that says which tokens each word has, such as "
            "sametask.inputs.texts:tokenise with `positions`; of: frames one that says when each "
            "step is, such as sametask.inputs.listening:listen"
        )
    ranges = given[POSITIONS]
    without = ~exist(ranges).any(dim=1)
    if has_numbers(without) and without.any():
        raise NetworkError(f"positions: input {int(without.int().argmax())} has no words or frames")
    return ranges


def exist(ranges: Array) -> Array:
    """Return which of the positions (n, R) exist; the others are padding."""
    return ranges[..., 1] > ranges[..., 0]


def _shares(ranges: Tensor, steps: int) -> Tensor:
    """Return the length that each step and each range (n, R, 2) have in common: (n, R, T)."""
    place = torch.arange(steps, device=ranges.device)
    begin, end = ranges[..., :1].maximum(place), ranges[..., 1:].minimum(place + 1)
    return (end - begin).clamp_min(0)


def cut_ranges(steps: Tensor, ranges: Tensor) -> Tensor:
    """Return the mean (n, R, …) over the range of each position of steps (n, T, …).

    An input of fewer than R positions repeats its own: position r is then its position r modulo
    their number.
    """
    flat = steps.flatten(2)
    shares = _shares(ranges, steps.shape[1]).to(flat.dtype)
    lengths = shares.sum(dim=2, keepdim=True)
    means = (shares / torch.where(lengths > 0, lengths, 1.0)) @ flat
    repeats = torch.arange(ranges.shape[1], device=ranges.device) % exist(ranges).sum(1)[:, None]
    return means.take_along_dim(repeats[..., None], dim=1).unflatten(2, steps.shape[2:] or (1,))


def put_ranges_back(positions: Tensor, ranges: Tensor, steps: int) -> Tensor:
    """Return steps (n, T, t) that have what their positions (n, R, t) have.

    A token of several words has the mean of these, each weighted by the length that it has in
    common with the token; tokens of no word have the mean of all words, ``tokenise`` leaves only
    padding so. A step of points in time is interpolated linearly between the two points around it,
    and has what the nearest point has beyond the first and the last one.
    """
    shares = _near(ranges, steps) if ranges.is_floating_point() else _shares(ranges, steps)
    shares = shares.to(positions.dtype)
    nowhere = (shares.sum(dim=1, keepdim=True) == 0) & exist(ranges)[..., None]
    shares = torch.where(nowhere, 1.0, shares)
    return (shares / shares.sum(dim=1, keepdim=True)).mT @ positions


def _near(ranges: Tensor, steps: int) -> Tensor:
    """Return the weights of points (n, R, 2) at each step: (n, R, T), 1 − |k − s| / g, at least 0.

    The point s is where its range begins, g is the largest distance of two successive points of an
    input: with points that are that far apart, the weights are those of linear interpolation. Where
    no point is that near, the nearest one has all the weight.
    """
    there, first = exist(ranges), ranges[..., 0]
    both = there[:, 1:] & there[:, :-1]
    apart = (
        torch.where(both, first.diff(dim=1), 0).amax(dim=1) if both.shape[1] else first[:, 0] * 0
    )
    place = torch.arange(steps, device=ranges.device)
    away = (place - first[..., None]).abs() / torch.where(apart > 0, apart, 1.0)[:, None, None]
    away = away.masked_fill(~there[..., None], torch.inf)
    weights = (1 - away).clamp_min(0)
    nearest = away == away.amin(dim=1, keepdim=True)
    return torch.where(weights.sum(dim=1, keepdim=True) > 0, weights, nearest.to(weights))

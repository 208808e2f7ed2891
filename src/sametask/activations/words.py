"""Words as positions of a text: cut from the steps of a layer's tokens, and put back.

Two tokenisers cut a text into different tokens. Its words are the same for both, so that they pair
the positions of two networks. The inputs say which tokens each word has (``inputs.texts``).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sametask.activations.slices import Array
from sametask.base.errors import NetworkError
from sametask.inputs.fields import POSITIONS
from sametask.networks.given import Given, has_numbers


def tokens_of(given: Given | None) -> Tensor:
    """Return of every word the first token and the one after its last: (n, R, 2), padded with 0.

    Raises ``NetworkError`` if the inputs do not say it, or if one of them has no words.
    """
    if not isinstance(given, Mapping) or POSITIONS not in given:
        raise NetworkError(
            "positions: of: words needs a view that says which tokens each word has, such as "
            "sametask.inputs.texts:tokenise with `positions`"
        )
    ranges = given[POSITIONS]
    without = ~exist(ranges).any(dim=1)
    if has_numbers(without) and without.any():
        raise NetworkError(f"positions: input {int(without.int().argmax())} has no words")
    return ranges


def exist(ranges: Array) -> Array:
    """Return which of the words (n, R) exist; the others are padding."""
    return ranges[..., 1] > ranges[..., 0]


def _belongs(ranges: Tensor, tokens: int) -> Tensor:
    """Return which tokens belong to each word: (n, R, T)."""
    place = torch.arange(tokens, device=ranges.device)
    return (place >= ranges[..., :1]) & (place < ranges[..., 1:])


def cut_words(steps: Tensor, ranges: Tensor) -> Tensor:
    """Return the mean (n, R, …) over the tokens of each word of what is known of tokens (n, T, …).

    A text of fewer than R words repeats its own: word r is then its word r modulo their number.
    """
    flat = steps.flatten(2)
    belongs = _belongs(ranges, steps.shape[1]).to(flat.dtype)
    repeats = torch.arange(ranges.shape[1], device=ranges.device) % exist(ranges).sum(1)[:, None]
    means = (belongs / belongs.sum(dim=2, keepdim=True).clamp_min(1)) @ flat
    return means.take_along_dim(repeats[..., None], dim=1).unflatten(2, steps.shape[2:] or (1,))


def put_words_back(words: Tensor, ranges: Tensor, tokens: int) -> Tensor:
    """Return tokens (n, T, t) that have what their words (n, R, t) have; their mean, if several.

    Tokens of no word have the mean of all words of the text; ``tokenise`` leaves only padding so.
    """
    belongs = _belongs(ranges, tokens)
    belongs |= ~belongs.any(dim=1, keepdim=True) & exist(ranges)[..., None]
    shares = belongs.to(words.dtype)
    return (shares / shares.sum(dim=1, keepdim=True)).mT @ words

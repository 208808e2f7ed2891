"""Positions paired by their number and cut, as in section 4.4 of the thesis: a baseline."""

from __future__ import annotations

import numpy as np

from sametask.inputs.fields import POSITIONS
from sametask.inputs.texts import MASK, tokenise


def cut_tokens(
    samples: np.ndarray, tokeniser: str, beside: str, length: int, positions: int
) -> dict[str, np.ndarray]:
    """Return what a network is given for texts, as ``inputs.texts.tokenise`` does: a view.

    Position r of a text is token r, not a word: for both networks, as many as the network with
    fewer tokens has. ``beside`` is the tokeniser of the other network. What is put back at tokens
    beyond them is the mean of the text's positions.
    """
    fields = tokenise(samples, tokeniser, length)
    mask = fields[MASK].astype(bool)
    others = tokenise(samples, beside, length)[MASK].sum(axis=1)
    counts = np.minimum(mask.sum(axis=1), others)
    numbers = np.arange(positions)
    # Padding is in front of the tokens, or behind them.
    first = mask.argmax(axis=1)[:, None] + numbers
    ranges = np.stack([first, first + 1], axis=-1)
    return fields | {POSITIONS: np.where((numbers < counts[:, None])[..., None], ranges, 0)}

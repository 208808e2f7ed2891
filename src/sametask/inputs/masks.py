"""Check that the mask of tokens says what it is to say: which positions are padding."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sametask.base.errors import DataError
from sametask.inputs.texts import IDS, MASK


def require_mask(fields: Mapping[str, np.ndarray]) -> None:
    """Raise ``DataError`` unless the mask (n, T) of tokens (n, T) has ones for one run of them.

    Padding stands in front of the tokens or behind them, never between them, and each input has at
    least one token. Inputs without tokens or without a mask are not checked, nor are masks (n, T,
    T) that say more than which positions are padding.
    """
    if IDS not in fields or MASK not in fields or fields[MASK].ndim > fields[IDS].ndim:
        return
    ids, mask = fields[IDS], fields[MASK]
    if mask.shape != ids.shape:
        raise DataError(
            f"{MASK} has shape {mask.shape}, but {IDS} has {ids.shape}; valid: a 1 for each "
            "token, a 0 for each position of padding"
        )
    if ids.ndim != 2:
        return
    for wrong, what in (
        (((mask != 0) & (mask != 1)).any(axis=1), "has values other than 0 and 1"),
        ((mask == 0).all(axis=1), "is 0 everywhere: it has no token"),
        (_runs(mask) > 1, "has zeros between ones: padding stands before or after the tokens"),
    ):
        if wrong.any():
            raise DataError(f"{MASK} of input {int(wrong.argmax())} {what}")


def require_no_masked_padding(fields: Mapping[str, np.ndarray], pad: int) -> None:
    """Raise ``DataError`` if the mask (n, T) is 1 where the token is that of padding."""
    if not _has_token_mask(fields):
        return
    wrong = ((fields[IDS] == pad) & (fields[MASK] != 0)).any(axis=1)
    if wrong.any():
        raise DataError(
            f"{MASK} of input {int(wrong.argmax())} is 1 where {IDS} has {pad}, the network's "
            "pad_token_id; valid: 0 there"
        )


def require_own_padding(fields: Mapping[str, np.ndarray], pad: int) -> None:
    """Raise ``DataError`` if the mask (n, T) is 0 where the token is not that of padding."""
    if not _has_token_mask(fields):
        return
    wrong = (fields[IDS] != pad) & (fields[MASK] == 0)
    for number in np.flatnonzero(wrong.any(axis=1))[:1]:
        other = fields[IDS][number][wrong[number]][0]
        raise DataError(
            f"{IDS} of input {number} has {other} as padding, and the network's pad_token_id is "
            f"{pad}, by which it finds where texts end; pad with that token"
        )


def _has_token_mask(fields: Mapping[str, np.ndarray]) -> bool:
    return IDS in fields and MASK in fields and fields[MASK].shape == fields[IDS].shape


def _runs(mask: np.ndarray) -> np.ndarray:
    """Return how many runs of ones each row (T,) of a mask has."""
    padded = np.pad(mask != 0, ((0, 0), (1, 0)))
    return (padded[:, 1:] & ~padded[:, :-1]).sum(axis=1)

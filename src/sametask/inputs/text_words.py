"""The words of a text, and which of its tokens each of them has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from re import Match

import numpy as np

from sametask.base.errors import DataError, quoted

# A word ends at a space. Of scripts that are written without spaces, each character is a word.
UNSPACED_RANGES = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
)  # fmt: skip
UNSPACED = "".join(f"{chr(start)}-{chr(end)}" for start, end in UNSPACED_RANGES)
# What is written above or below such a character belongs to it.
MARKS = "".join(
    chr(code)
    for start, end in UNSPACED_RANGES
    for code in range(start, end + 1)
    if unicodedata.category(chr(code)).startswith("M")
)
WORD = re.compile(f"[{UNSPACED}][{MARKS}]*|[^\\s{UNSPACED}]+")
# Special tokens that every text has, by role: the name that a tokeniser has for it, or the other.
ROLES = {"first": ("cls", "bos"), "last": ("sep", "eos")}


def token_ranges(text: str, spans: np.ndarray, special: np.ndarray) -> list[tuple[int, int]]:
    """Return of each word of a text its tokens: the first of them, and the one after the last.

    A token belongs to every word that it has a character of, by its ``spans`` (T, 2); one of spaces
    alone belongs to the next word. ``special`` (T,) says which tokens are padding, or begin and end
    the text. Raises ``DataError`` for a word without a token.
    """
    words = list(WORD.finditer(text))
    starts, ends = (np.array([edge(word) for word in words]) for edge in (Match.start, Match.end))
    tokens: list[list[int]] = [[] for _ in words]
    for token in np.flatnonzero(~special):
        start, end = spans[token]
        shown = text[start:end]
        start += len(shown) - len(shown.lstrip())
        end = start + len(shown.strip())
        of = np.flatnonzero((starts < end) & (ends > start))
        if start == end:
            following = np.searchsorted(ends, start, side="right")
            of = np.minimum([following], len(words) - 1)
        for number in of:
            tokens[number].append(int(token))
    for word, own in zip(words, tokens, strict=True):
        if not own:
            raise DataError(
                f"the word {word.group()!r} of {quoted(text)} has no token; leave this text "
                "out, or take another tokeniser"
            )
    return [(own[0], own[-1] + 1) for own in tokens]


def special_ranges(
    ids: np.ndarray, special: np.ndarray, roles: Mapping[str, int]
) -> list[tuple[int, int]]:
    """Return the tokens of a text that begin and end it, in the order of their ``roles``.

    ``special`` (T,) says which of the tokens ``ids`` (T,) are such tokens; padding is none. Raises
    ``DataError`` if a role occurs not once, or if there are others.
    """
    for role, number in roles.items():
        count = int((special & (ids == number)).sum())
        if count != 1:
            kept = ", ".join(other for other in roles if other != role)
            raise DataError(
                f"special: {count} tokens of the role {role!r} in a text, not one; give the views "
                f"of all networks special: [{kept}]"
            )
    others = special & ~np.isin(ids, list(roles.values()))
    if others.any():
        raise DataError(
            f"special token {int(ids[others][0])} is no position; name its role in `special`: "
            f"valid: {', '.join(ROLES)}"
        )
    places = [int(np.flatnonzero(special & (ids == number))[0]) for number in roles.values()]
    return [(place, place + 1) for place in places]


def padded_ranges(
    of_words: Sequence[Sequence[tuple[int, int]]], most: int, tokeniser: str
) -> np.ndarray:
    """Return ranges of tokens (n, R, 2) of so many words, with zeros after the last word."""
    longest = max(range(len(of_words)), key=lambda number: len(of_words[number]))
    if len(of_words[longest]) > most:
        raise DataError(
            f"tokeniser {tokeniser}: text {longest} has {len(of_words[longest])} words and special "
            f"tokens; give the views of all networks positions: {len(of_words[longest])} or more"
        )
    ranges = np.zeros((len(of_words), most, 2), np.int64)
    for row, words in zip(ranges, of_words, strict=True):
        row[: len(words)] = words
    return ranges

"""Perturbations of the sentences: a few words are replaced by other words of the same slot."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np

from sametask.base.errors import DataError, quoted
from sametask.examples.sentences.words import Words, read_words
from sametask.inputs.texts import decode, encode

# Largest number of slots that change in a perturbation.
FEW = 3
# Of an adverb, the word that needs another form of the verb.
KEPT = {"not"}
# A slot of a sentence: its first word, the word after its last, and the words that can stand there.
Slot = tuple[int, int, tuple[str, ...]]


def substitute(
    inputs: np.ndarray, count: int, random: np.random.Generator, words: str
) -> np.ndarray:
    """Return ``count`` perturbations (1, count, L) of a sentence, a row of bytes (1, L) in UTF-8.

    In each, one to ``FEW`` slots, all numbers as probable, have another word: a determiner, an
    adjective, a noun, an adverb, a verb in the same form, a time. The number of words stays the
    same: empty slots stay empty, and "does not" stays. The sentiment may change, and so may the
    combination of verb and adjective. ``words`` is the file of the grammar, see ``read_words``.
    Raises ``DataError`` for a text without a word of the grammar, and for a row that is too short
    (``inputs.room``).
    """
    (text,) = decode(inputs)
    sentence = text.split()
    slots = _slots(sentence, choices(words))
    if not slots:
        raise DataError(f"{quoted(text)} has no word of {words} that could be replaced")
    drawn = [_changed(sentence, slots, random) for _ in range(count)]
    return encode(drawn, inputs.shape[1])[None]


@cache
def choices(path: str) -> dict[str, tuple[str, ...]]:
    """Return for every word of a grammar, or two of a time, all that can stand in its place."""
    words = read_words(path)
    return {name: slot for slot in _of_one_form(words) for name in slot if len(slot) > 1}


def _of_one_form(words: Words) -> Iterable[tuple[str, ...]]:
    """Yield sets of words that can stand in the same place of a sentence, each other's choices."""
    for slot in (words.determiners, words.adjectives, words.subjects, words.objects):
        yield tuple(slot)
    yield tuple(adverb for adverb in words.adverbs if adverb not in KEPT)
    yield tuple(words.verbs)
    yield tuple(verb.base for verb in words.verbs.values())
    lengths = {len(time.split()) for time in words.times}
    for length in lengths:
        yield tuple(time for time in words.times if len(time.split()) == length)


def _slots(words: list[str], known: dict[str, tuple[str, ...]]) -> list[Slot]:
    """Return the slots of a sentence that can change; of two that overlap, the longer one."""
    longest = max(len(name.split()) for name in known)
    slots, place = [], 0
    while place < len(words):
        sizes = range(min(longest, len(words) - place), 0, -1)
        size = next((n for n in sizes if " ".join(words[place : place + n]) in known), None)
        if size is not None:
            slots.append((place, place + size, known[" ".join(words[place : place + size])]))
        place += size or 1
    return slots


def _changed(words: list[str], slots: list[Slot], random: np.random.Generator) -> str:
    """Return the sentence with other words in one to ``FEW`` of its slots."""
    number = int(random.integers(1, min(FEW, len(slots)) + 1))
    changed = list(words)
    for chosen in random.choice(len(slots), number, replace=False):
        start, stop, names = slots[chosen]
        others = [name for name in names if name != " ".join(words[start:stop])]
        changed[start:stop] = others[int(random.integers(len(others)))].split()
    return " ".join(changed)

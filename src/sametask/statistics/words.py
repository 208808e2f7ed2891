"""How many words of two texts differ: the word error rate, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from sametask.base.randomness import generator

# Resamples and confidence of the interval of an agreement.
RESAMPLES, CONFIDENCE = 999, 0.95


@dataclass(frozen=True)
class WordErrors:
    """Words that are wrong in each text (n,), and words that each reference has (n,).

    Wrong are words that were substituted, left out or added: the least number of such changes from
    the reference to the text (Levenshtein 1966).
    """

    wrong: np.ndarray
    words: np.ndarray

    @classmethod
    def of(cls, references: Sequence[str], texts: Sequence[str]) -> WordErrors:
        """Compare texts with references, word by word."""
        pairs = [
            (reference.split(), text.split())
            for reference, text in zip(references, texts, strict=True)
        ]
        wrong = [Levenshtein.distance(*pair) for pair in pairs]
        return cls(np.array(wrong), np.array([len(reference) for reference, _ in pairs]))

    @property
    def rate(self) -> float:
        """Σ wrong / Σ words, the word error rate; it is above 1 if many words were added."""
        return float(self.wrong.sum() / max(1, self.words.sum()))

    @property
    def agreement(self) -> float:
        """1 − the word error rate, at least 0."""
        return max(0.0, 1 - self.rate)

    def rate_interval(self, seed: int = 0) -> tuple[float, float]:
        """Return the ends of the interval of the rate, by resampling texts (Efron 1979)."""
        count = len(self.wrong)
        draw = generator(seed, "word errors")
        times = draw.multinomial(count, np.full(count, 1 / count), size=RESAMPLES)
        rates = (times @ self.wrong) / np.maximum(1, times @ self.words)
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(rates, [tail, 1 - tail])
        return float(low), float(high)

    def agreement_interval(self, seed: int = 0) -> tuple[float, float]:
        """Return the ends of the interval of the agreement, see ``rate_interval``."""
        low, high = self.rate_interval(seed)
        return max(0.0, 1 - high), max(0.0, 1 - low)


def changed_words(reference: str, text: str) -> list[tuple[str, str]]:
    """Return the words of a reference that differ in a text, each with what stands there.

    Either is empty where a word was added or left out.
    """
    before, after = reference.split(), text.split()
    pairs = []
    for change in Levenshtein.editops(before, after):
        there = "" if change.tag == "insert" else before[change.src_pos]
        pairs.append((there, "" if change.tag == "delete" else after[change.dest_pos]))
    return pairs

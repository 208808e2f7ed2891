"""The answers of a network that puts out texts: how often each trigram of letters occurs in them.

Two texts of the same content, in two languages or in two spellings, have counts that a linear map
takes to each other. Scores of tokens have not, since their places differ. Counts of whole words
have, but from many texts only: every form of a word is learned by itself, and a word with one wrong
letter counts as another one. Sequences of letters within words see both (Popović 2015, "chrF").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.networks.transcripts import Transcriber
from sametask.verdict.task.learner import Seen

LETTERS = 3


def _trigrams(text: str) -> Iterator[str]:
    """Yield all trigrams of the words of a text; a space stands before and after each word."""
    for word in text.split():
        padded = f" {word} "
        yield from (padded[at : at + LETTERS] for at in range(len(padded) - LETTERS + 1))


@dataclass(frozen=True)
class Trigrams:
    """Counts (n, t + 1) of the t ``known`` trigrams in a network's texts, and of all others."""

    transcriber: Transcriber
    known: tuple[str, ...]

    @classmethod
    def of(cls, transcriber: Transcriber, outputs: Tensor) -> Trigrams:
        """Take the trigrams of a network's outputs (n, T, V) at the fit samples."""
        texts = transcriber.texts(outputs.numpy())
        return cls(
            transcriber, tuple(sorted({piece for text in texts for piece in _trigrams(text)}))
        )

    def counts(self, outputs: Tensor) -> Tensor:
        """Return the counts (n, t + 1) of the trigrams of outputs (n, T, V)."""
        return self._of_texts(self.transcriber.texts(outputs.numpy()))

    def _of_texts(self, texts: Sequence[str]) -> Tensor:
        places = {piece: place for place, piece in enumerate(self.known)}
        found = torch.zeros(len(texts), len(self.known) + 1, dtype=torch.float64)
        for row, text in zip(found, texts, strict=True):
            for piece, count in Counter(_trigrams(text)).items():
                row[places.get(piece, -1)] += count
        return found

    def seen(self, outputs: Seen) -> Seen:
        """Return the counts at fit and held-out samples."""
        return Seen(self.counts(outputs.fit), self.counts(outputs.test))

    def after(self, back: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """Return the function from layers (c, n R, t) to counts, from that to outputs."""
        return lambda rows: torch.stack([self.counts(outputs) for outputs in back(rows)])

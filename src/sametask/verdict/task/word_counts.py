"""The answers of a network that puts out texts: how often each word occurs in them.

Two texts of the same content, in two languages or in two spellings, have counts of words that a
linear map takes to each other. Scores of tokens have not, since their places differ.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.networks.transcripts import Transcriber
from sametask.verdict.task.learner import Seen


@dataclass(frozen=True)
class WordCounts:
    """Counts (n, w + 1) of the ``words`` in texts of a network, and of all other words together."""

    transcriber: Transcriber
    words: tuple[str, ...]

    @classmethod
    def of(cls, transcriber: Transcriber, outputs: Tensor) -> WordCounts:
        """Take the words of a network's outputs (n, T, V) at the fit samples."""
        texts = transcriber.texts(outputs.numpy())
        return cls(transcriber, tuple(sorted({word for text in texts for word in text.split()})))

    def counts(self, outputs: Tensor) -> Tensor:
        """Return the counts (n, w + 1) of the words of outputs (n, T, V)."""
        return self._of_texts(self.transcriber.texts(outputs.numpy()))

    def _of_texts(self, texts: Sequence[str]) -> Tensor:
        places = {word: place for place, word in enumerate(self.words)}
        found = torch.zeros(len(texts), len(self.words) + 1, dtype=torch.float64)
        for row, text in zip(found, texts, strict=True):
            for word, count in Counter(text.split()).items():
                row[places.get(word, -1)] += count
        return found

    def seen(self, outputs: Seen) -> Seen:
        """Return the counts at fit and held-out samples."""
        return Seen(self.counts(outputs.fit), self.counts(outputs.test))

    def after(self, back: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
        """Return the function from layers (c, n R, t) to counts, from that to outputs."""
        return lambda rows: torch.stack([self.counts(outputs) for outputs in back(rows)])

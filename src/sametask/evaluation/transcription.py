"""Figures of texts that networks put out, beside the target's own texts and the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from sametask.inputs.texts import decode, encode
from sametask.networks.transcripts import Transcriber, transcriber_of
from sametask.statistics.words import WordErrors
from sametask.storage.store import Store

# What stands for a text without a word.
NOTHING = "∅"


def as_rows(texts: Sequence[str]) -> np.ndarray:
    """Return texts (n) as rows of bytes (n, L), as ``encode`` does; empty ones as ``NOTHING``."""
    return encode([text or NOTHING for text in texts])


def of_rows(rows: np.ndarray) -> list[str]:
    """Undo ``as_rows``."""
    return ["" if text == NOTHING else text for text in decode(rows)]


@dataclass(frozen=True)
class Says:
    """How the outputs (n, T, V) of a network are read, and what it ``should`` say, if known."""

    transcriber: Transcriber
    should: Sequence[str] | None

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None, drawn: Store) -> Says | None:
        """Take the section ``transcript`` of a network, and the texts of the test samples."""
        transcriber = transcriber_of(settings)
        if settings is None or transcriber is None:
            return None
        column = settings["column"]
        return cls(transcriber, column and decode(drawn[f"test/inputs/{column}"]))

    def texts(self, outputs: Tensor) -> list[str]:
        """Return the texts (n) that outputs (n, T, V) stand for."""
        return self.transcriber.texts(outputs.numpy())

    def rows(self, outputs: Tensor) -> np.ndarray:
        """Return the texts (n) of outputs as rows of bytes; of an empty one, ``NOTHING``."""
        return as_rows(self.texts(outputs))

    def own_figures(self, outputs: Tensor) -> dict[str, float]:
        """Return the word error rate of a network's outputs, if the true texts are known."""
        return self._beside_truth(self.texts(outputs))

    def _beside_truth(self, texts: Sequence[str]) -> dict[str, float]:
        if self.should is None:
            return {}
        errors = WordErrors.of(self.should, texts)
        low, high = errors.rate_interval()
        return {
            "word_error_rate": errors.rate,
            "word_error_rate_low": low,
            "word_error_rate_high": high,
        }

    def figures(self, outputs: Tensor, own: Tensor) -> dict[str, float]:
        """Return how far outputs say the same as the network's ``own`` outputs, and the truth.

        ``word_agreement`` is 1 − the word error rate beside its own texts, at least 0, with the
        ends of its interval over samples; ``same_texts`` is the share of equal texts.
        """
        texts, expected = self.texts(outputs), self.texts(own)
        errors = WordErrors.of(expected, texts)
        low, high = errors.agreement_interval()
        same = np.mean([text == other for text, other in zip(texts, expected, strict=True)])
        figures = {
            "word_agreement": errors.agreement,
            "word_agreement_low": low,
            "word_agreement_high": high,
            "same_texts": float(same),
        }
        return figures | self._beside_truth(texts)

"""Figures of texts that networks put out, beside the target's own texts and the true ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from sametask.evaluation.said_texts import as_rows
from sametask.inputs.texts import decode
from sametask.networks.calls import forward
from sametask.networks.generation import with_beams
from sametask.networks.given import Given, count, rows
from sametask.networks.transcripts import Transcriber, transcriber_of
from sametask.statistics.words import WordErrors
from sametask.storage.store import Store


@dataclass(frozen=True)
class Says:
    """How the outputs (n, T, V) of a network are read, and what it ``should`` say, if known.

    With ``beams``, it is also let generate by so many of them.
    """

    transcriber: Transcriber
    should: Sequence[str] | None
    beams: int | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any] | None, drawn: Store) -> Says | None:
        """Take the section ``transcript`` of a network, and the texts of the test samples."""
        transcriber = transcriber_of(settings)
        if settings is None or transcriber is None:
            return None
        column = settings["column"]
        known = column and decode(drawn[f"test/inputs/{column}"])
        return cls(transcriber, known, settings["beams"])

    def texts(self, outputs: Tensor) -> list[str]:
        """Return the texts (n) that outputs (n, T, V) stand for."""
        return self.transcriber.texts(outputs.numpy())

    def rows(self, outputs: Tensor) -> np.ndarray:
        """Return the texts (n) of outputs as rows of bytes; of an empty one, ``NOTHING``."""
        return as_rows(self.texts(outputs))

    def searching(self, network: nn.Module) -> AbstractContextManager[None]:
        """Return a block in which a network generates by ``beams``."""
        return with_beams(network, self.beams or 1)

    def by_beams(self, network: nn.Module, given: Given, batch: int | None) -> Tensor | None:
        """Return the outputs of a network by ``beams`` for its own inputs; ``None`` without."""
        if self.beams is None:
            return None
        size = batch or count(given)
        parts = [slice(start, start + size) for start in range(0, count(given), size)]
        with torch.no_grad(), self.searching(network):
            passes = (forward(network, rows(given, part)) for part in parts)
            return torch.cat([answer for answer in passes if isinstance(answer, Tensor)])

    def agreement(self, outputs: Tensor, own: Tensor) -> float:
        """Return 1 − the word error rate of outputs beside a network's ``own``, at least 0."""
        return WordErrors.of(self.texts(own), self.texts(outputs)).agreement

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

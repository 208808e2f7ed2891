"""Trained networks of speech as folders of ``save_pretrained``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sametask.base.errors import NetworkError, reason
from sametask.config.sections.speech_networks_section import RECOGNISER
from sametask.storage.atomic import replacing
from sametask.storage.json_files import write_json

if TYPE_CHECKING:
    from transformers import PreTrainedModel, Wav2Vec2FeatureExtractor

FIGURES = "training.json"
# Splits of which word error rates are measured: known voices, and held-out ones.
MEASURED = ("validation", "test")


@dataclass(frozen=True)
class Trained:
    """A network, what makes its inputs and texts, and figures of its training."""

    network: PreTrainedModel
    tokeniser: Any
    extractor: Wav2Vec2FeatureExtractor
    figures: Mapping[str, float]

    def save(self, folder: str | Path) -> None:
        """Write a folder with weights, vocabulary, feature extractor and ``training.json``."""
        with replacing(folder) as unfinished:
            for part in (self.network, self.tokeniser, self.extractor):
                part.save_pretrained(unfinished)
            write_json(unfinished / FIGURES, dict(self.figures))


def load_encoder(folder: str | Path) -> Any:
    """Return the Wav2Vec2 of a saved recogniser; ``NetworkError`` for another folder."""
    import transformers

    try:
        kind = getattr(transformers, RECOGNISER)
        return kind.from_pretrained(folder, local_files_only=True).wav2vec2
    except Exception as error:  # the library raises no narrower class
        raise NetworkError(f"{folder}: no recogniser: {reason(error)}") from error

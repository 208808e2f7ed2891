"""What networks of speech say of clips, and how often it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import NetworkError
from sametask.networks.speech.clips import Heard, given
from sametask.networks.transcripts import Transcriber
from sametask.statistics.words import WordErrors

# Clips in one pass.
PASS = 32
Answers = Callable[[dict[str, Tensor]], list[str]]


def recognised(network: Any, tokeniser: Any) -> Answers:
    """Return the function from inputs of a recogniser to what it writes down."""
    reads = Transcriber(tokeniser, "ctc")

    def answers(inputs: dict[str, Tensor]) -> list[str]:
        logits = network(**inputs).logits
        frames = network._get_feat_extract_output_lengths(inputs["attention_mask"].sum(dim=1))
        padding = torch.arange(logits.shape[1]) >= frames[:, None]
        return reads.texts(logits.masked_fill(padding[..., None], 0.0).numpy())

    return answers


def translated(network: Any, tokeniser: Any, **search: Any) -> Answers:
    """Return the function from inputs of a translator to what it says; ``search`` is of beams."""

    def answers(inputs: dict[str, Tensor]) -> list[str]:
        said = network.generate(**inputs, **search)
        return tokeniser.batch_decode(said, skip_special_tokens=True)

    return answers


@torch.no_grad()
def word_error_rate(answers: Answers, heard: Heard, extractor: Any) -> float:
    """Return the word errors of answers to clips, relative to the number of words of their texts.

    Errors are words that are exchanged, missing or too many, in the alignment with the fewest.
    """
    said: list[str] = []
    for start in range(0, len(heard), PASS):
        said += answers(given(extractor, heard.sounds[start : start + PASS]))
    return WordErrors.of(heard.texts, said).rate


def require_frames(network: Any, heard: Heard, wanted: Sequence[int], slower: float) -> None:
    """Refuse clips with fewer frames than ``wanted``, at a speed that is ``slower`` times as high.

    CTC needs a frame for each character, and one between two equal ones; a shorter clip has no
    alignment, and a clip shorter than the receptive field has no frame at all.
    """
    lengths = torch.tensor([int(len(sound) / slower) for sound in heard.sounds])
    frames = network._get_feat_extract_output_lengths(lengths).numpy()
    short = frames < np.asarray(wanted)
    if short.any():
        number = int(short.argmax())
        raise NetworkError(
            f"clip {number}: {len(heard.sounds[number])} samples of sound are "
            f"{max(int(frames[number]), 0)} frames, and its text needs {wanted[number]}; leave it "
            "out, or give smaller conv_stride"
        )

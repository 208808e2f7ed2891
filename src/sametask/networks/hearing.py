"""Words that a network of sound hears, and which of its steps each of them has: a view.

The network is its own aligner: CTC says at which steps it hears each letter. No transcript is
needed, and nothing is trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch

from sametask.base.errors import NetworkError, nearest
from sametask.inputs.fields import POSITIONS, STEPS, TOKEN_MASK
from sametask.inputs.listening import VALUES, listen
from sametask.inputs.text_words import ROLES
from sametask.networks.pretrained import folder_of
from sametask.networks.pretrained_weights import read_pretrained
from sametask.networks.transcripts import Transcriber, read_transcriber
from sametask.storage.pretrained_files import PretrainedFiles

# The class of networks that say what they hear by CTC.
CTC = "AutoModelForCTC"
# Sounds in one pass.
BATCH = 32
Range = tuple[int, int]


@cache
def read_recogniser(source: str, revision: str | None = None) -> Any:
    """Return the network of a folder, or of a hub id, that recognises speech by CTC.

    Raises ``NetworkError`` for a network of another kind.
    """
    return read_pretrained(PretrainedFiles.of(folder_of(source, revision)), CTC, {}).network.eval()


def hear_words(
    samples: np.ndarray,
    network: str,
    positions: int,
    special: Sequence[str] = tuple(ROLES),
    rate: int = 16000,
    revision: str | None = None,
) -> dict[str, np.ndarray]:
    """Return what ``listen`` does, with words as positions: a view.

    ``network`` is a folder of a network with a CTC head, its feature extractor and its tokeniser.
    ``_positions`` (n, R, 2), R = ``positions``, are for each word that it hears the step at which
    it hears its first letter, and the one after that of its last letter. Then follow those of the
    tokens ``special``, as ``inputs.texts.tokenise`` has them: ``first`` has the steps before the
    first word, ``last`` those after the last word. A sound with more words than there is room for
    has no words, so that it is paired with no text.
    """
    for role in special:
        if role not in ROLES:
            raise NetworkError(f"special: no {role!r}; {nearest(role, ROLES)}")
    fields = listen(samples, network, rate, revision=revision)
    heard = _heard(fields, network, revision)
    ranges = np.zeros((len(heard), positions, 2), np.int64)
    for row, words, steps in zip(ranges, heard, fields[STEPS].sum(axis=1), strict=True):
        kept = words if len(words) + len(special) <= positions else []
        found = [*kept, *(_silence(role, words, int(steps)) for role in special)]
        row[: len(found)] = np.reshape(found, (-1, 2))
    return fields | {POSITIONS: ranges}


def _silence(role: str, words: Sequence[Range], steps: int) -> Range:
    """Return the steps before the first word, or after the last; at least one."""
    if role == "first":
        return 0, max(1, words[0][0] if words else steps)
    return min(words[-1][1] if words else 0, steps - 1), steps


def _heard(fields: dict[str, np.ndarray], source: str, revision: str | None) -> list[list[Range]]:
    """Return the steps of each word that a network hears in sounds."""
    network, transcriber = read_recogniser(source, revision), read_transcriber(source, "ctc")
    heard = []
    with torch.no_grad():
        for start in range(0, len(fields[VALUES]), BATCH):
            part = slice(start, start + BATCH)
            scores = network(
                input_values=torch.from_numpy(fields[VALUES][part]),
                attention_mask=torch.from_numpy(fields[TOKEN_MASK][part]),
            ).logits.numpy()
            heard += _aligned(transcriber, scores * fields[STEPS][part][..., None])
    return heard


def _aligned(transcriber: Transcriber, scores: np.ndarray) -> list[list[Range]]:
    """Return the steps of each word by the likeliest tokens of scores (n, T, V)."""
    found = []
    for tokens in transcriber.tokens(scores):
        words = transcriber.tokeniser.decode(tokens, output_word_offsets=True).word_offsets
        found.append([(int(word["start_offset"]), int(word["end_offset"])) for word in words])
    return found

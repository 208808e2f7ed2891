"""What a network says: the text that its outputs, scores of tokens at each step, stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from inspect import signature
from typing import Any, Literal

import numpy as np

from sametask.base.errors import NetworkError, reason
from sametask.storage.hub import TOKENISER, downloaded_folder, local_folder

By = Literal["ctc", "tokens"]


@dataclass(frozen=True)
class Transcriber:
    """Reads texts from scores (n, T, V) of the V tokens of a tokeniser.

    By ``ctc``, a token that is the likeliest at successive steps is written once, and the blank,
    the token for padding, is not written (Graves et al. 2006). By ``tokens``, the likeliest token
    of each step is written. Steps at which all scores are 0 are padding.
    """

    tokeniser: Any
    by: By

    @property
    def blank(self) -> int:
        """The number of the token that stands for nothing."""
        return int(self.tokeniser.pad_token_id)

    def tokens(self, scores: np.ndarray) -> np.ndarray:
        """Return the likeliest tokens (n, T); the blank where all scores are 0."""
        likeliest = scores.argmax(axis=-1)
        return np.where((scores != 0).any(axis=-1), likeliest, self.blank)

    def texts(self, scores: np.ndarray) -> list[str]:
        """Return the texts (n) that scores (n, T, V) stand for."""
        how = {"skip_special_tokens": self.by == "tokens"}
        # Tokenisers of CTC networks would write repetitions once, whatever the network.
        if "group_tokens" in signature(self.tokeniser._decode).parameters:
            how["group_tokens"] = False
        said = (self._written(row).tolist() for row in self.tokens(scores))
        return [self.tokeniser.decode(tokens, **how).strip() for tokens in said]

    def _written(self, tokens: np.ndarray) -> np.ndarray:
        """Return those of the tokens (T,) of a sample that are written."""
        if self.by == "tokens":
            return tokens
        return tokens[(np.diff(tokens, prepend=self.blank) != 0) & (tokens != self.blank)]


@cache
def read_transcriber(source: str, by: By, revision: str | None = None) -> Transcriber:
    """Return what reads texts from outputs, by the tokeniser of a folder or of a hub id.

    Raises ``NetworkError`` for a folder without a vocabulary, and for a tokeniser without the token
    that stands for nothing, the blank of CTC.
    """
    from transformers import AutoTokenizer

    folder = local_folder(source, revision, "tokeniser")
    if folder is None:
        folder = downloaded_folder(source, revision, False, TOKENISER, "tokeniser")
    if not any(folder.glob("vocab.*")) and not (folder / "tokenizer.json").is_file():
        there = ", ".join(sorted(path.name for path in folder.iterdir() if path.is_file()))
        raise NetworkError(
            f"transcript.tokeniser: {source}: no vocabulary: it has no vocab.json and no "
            f"tokenizer.json, but {there or 'no file'}; name the folder that save_pretrained of "
            "the network's tokeniser wrote"
        )
    try:
        tokeniser = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:  # the library raises no narrower class
        raise NetworkError(f"transcript.tokeniser: {source}: {reason(error)}") from error
    if tokeniser.pad_token_id is None:
        raise NetworkError(
            f"transcript.tokeniser: {source}: has no token for padding, which is the blank of CTC; "
            "set its pad_token and save it again"
        )
    return Transcriber(tokeniser, by)


def transcriber_of(section: Mapping[str, Any] | None) -> Transcriber | None:
    """Return what reads texts by a section ``transcript``, as plain values; ``None`` without."""
    return None if section is None else read_transcriber(section["tokeniser"], section["by"])


def require_transcribed(
    transcriber: Transcriber, answer: Sequence[int], source: str, steps: int | None = None
) -> None:
    """Raise ``NetworkError`` unless answers (T, V) are scores of the tokens of the tokeniser.

    By ``ctc``, T is the number of ``steps`` of its layers, if that is known: of others, it is not
    known which are padding.
    """
    # Without tokens that were added to the tokeniser alone.
    known = transcriber.tokeniser.vocab_size
    if len(answer) != 2:
        raise NetworkError(
            f"task.kind: transcription, but it puts out {tuple(answer)} for a sample, no scores of "
            "tokens at each step; of an encoder–decoder, give pretrained.generate"
        )
    if transcriber.by == "ctc" and steps not in (None, answer[0]):
        raise NetworkError(
            f"transcript.by: ctc, but it puts out scores at {answer[0]} steps, and its "
            f"layers have {steps}: which are padding is not known; take a network without an "
            "adapter, or by: tokens with pretrained.generate"
        )
    if transcriber.blank >= answer[1] or known > answer[1]:
        raise NetworkError(
            f"transcript.tokeniser: {source} has {known} tokens, its blank is number "
            f"{transcriber.blank}, and the network puts out scores of {answer[1]}; name its own"
        )

"""Texts as samples: rows of bytes, and what tokenisers make of them for a network."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from sametask.base.errors import DataError, NetworkError, reason

# Names of what networks are given, and of what is kept beside it: the characters of each token.
IDS, SPANS = "input_ids", "_spans"


def encode(texts: Sequence[str]) -> np.ndarray:
    """Return texts as rows of bytes (n, L) in UTF-8, with zeros at the end of shorter ones.

    Raises ``DataError`` that names the first text that is empty or holds the character 0.
    """
    for number, text in enumerate(texts):
        if not text.strip() or "\0" in text:
            fault = "is empty" if not text.strip() else "holds the character 0"
            raise DataError(f"text {number} {fault}; leave it out of the data set")
    rows = [text.encode() for text in texts]
    width = max(map(len, rows), default=0)
    joined = b"".join(row.ljust(width, b"\0") for row in rows)
    return np.frombuffer(joined, np.uint8).reshape(len(rows), width)


def decode(rows: np.ndarray) -> list[str]:
    """Return the texts of rows of bytes (n, L), see ``encode``."""
    return [row.tobytes().rstrip(b"\0").decode() for row in rows]


@cache
def read_tokeniser(source: str, revision: str | None = None) -> Any:
    """Return the tokeniser of a folder, or of a hub id; none of its code is run.

    Raises ``NetworkError`` if there is none, or if it does not say which characters a token has.
    """
    # Imported here: it takes seconds, and only networks that read texts need it.
    from transformers import AutoTokenizer

    try:
        found = AutoTokenizer.from_pretrained(source, revision=revision, trust_remote_code=False)
    except Exception as error:
        raise NetworkError(
            f"tokeniser {source}: cannot be read ({reason(error)}); give a folder with its "
            "tokenizer.json"
        ) from error
    if not found.is_fast:
        raise NetworkError(f"tokeniser {source}: does not say which characters a token has")
    return found


def tokenise(
    samples: np.ndarray, tokeniser: str, length: int, revision: str | None = None
) -> dict[str, np.ndarray]:
    """Return what a network is given for texts, rows of bytes (n, L): a view of an experiment.

    Every array (n, T) is padded to ``length`` T tokens, on the side of the tokeniser; the attention
    mask says which tokens are none. ``_spans`` (n, T, 2) are the first character of each token and
    the one after its last; both are 0 for padding and special tokens. Raises ``DataError`` that
    names the first text that has more tokens, or words that the tokeniser does not know.
    """
    reads = read_tokeniser(tokeniser, revision)
    made = reads(
        decode(samples),
        padding="max_length",
        max_length=length,
        truncation=False,
        return_offsets_mapping=True,
        return_attention_mask=True,
    )
    _require_length(made[IDS], length, tokeniser)
    ids = np.array(made[IDS])
    _require_known(ids, reads.unk_token_id, samples, tokeniser)
    spans = np.array(made.pop("offset_mapping"))
    return {name: np.array(values) for name, values in made.items()} | {SPANS: spans}


def _require_length(ids: Sequence[Sequence[int]], length: int, tokeniser: str) -> None:
    longest = max(range(len(ids)), key=lambda number: len(ids[number]))
    if len(ids[longest]) > length:
        raise DataError(
            f"tokeniser {tokeniser}: text {longest} has {len(ids[longest])} tokens; give the view "
            f"length: {len(ids[longest])} or more, as far as the network's positions allow"
        )


def _require_known(
    ids: np.ndarray, unknown: int | None, samples: np.ndarray, tokeniser: str
) -> None:
    texts = np.flatnonzero((ids == unknown).any(axis=1)) if unknown is not None else ()
    if len(texts):
        shown = decode(samples[texts[:1]])[0]
        raise DataError(
            f"tokeniser {tokeniser}: {len(texts)} texts have words that it does not know, the "
            f"first is {shown!r}"
        )

"""Texts as samples: rows of bytes, and what tokenisers make of them for a network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from sametask.base.errors import DataError, NetworkError, nearest, quoted, reason
from sametask.inputs.fields import IDS, POSITIONS
from sametask.inputs.fields import TOKEN_MASK as MASK
from sametask.inputs.text_words import ROLES, padded_ranges, special_ranges, token_ranges
from sametask.storage.hub import TOKENISER, downloaded_folder, local_folder

# Names of what networks are given, and of what is kept beside it: the characters of each token.
SPANS = "_spans"
# Files of which a tokeniser has one at least.
VOCABULARIES = ("tokenizer.json", "vocab.*", "*.model")


def longest(texts: Sequence[str]) -> int:
    """Return the number of bytes of the longest text in UTF-8."""
    return max((len(text.encode()) for text in texts), default=0)


def encode(texts: Sequence[str], width: int | None = None) -> np.ndarray:
    """Return texts as rows of bytes (n, L) in UTF-8, with zeros at the end of shorter ones.

    L is ``width``, or the number of bytes of the longest text. Raises ``DataError`` that names the
    first text that is empty, holds the character 0, or has more bytes.
    """
    for number, text in enumerate(texts):
        if not text.strip() or "\0" in text:
            fault = "is empty" if not text.strip() else "holds the character 0"
            raise DataError(f"text {number} {fault}; leave it out of the data set")
    rows = [text.encode() for text in texts]
    width = longest(texts) if width is None else width
    for text, row in zip(texts, rows, strict=True):
        if len(row) > width:
            raise DataError(
                f"{quoted(text)} has {len(row)} bytes, rows of texts have {width}; add at least "
                f"{len(row) - width} to inputs.room"
            )
    joined = b"".join(row.ljust(width, b"\0") for row in rows)
    return np.frombuffer(joined, np.uint8).reshape(len(rows), width)


def decode(rows: np.ndarray) -> list[str]:
    """Return the texts of rows of bytes (n, L), see ``encode``.

    Raises ``DataError`` for rows that are no bytes, or of which one is no text in UTF-8.
    """
    if rows.dtype != np.uint8:
        raise DataError(f"texts are rows of bytes, uint8, not {rows.dtype}; make them by encode")
    texts = []
    for number, row in enumerate(rows):
        given = row.tobytes().rstrip(b"\0")
        if not given.strip() or b"\0" in given:
            raise DataError(f"row {number} is no text: it is empty, or has a 0 between its bytes")
        try:
            texts.append(given.decode())
        except UnicodeDecodeError as error:
            raise DataError(f"row {number} is no text in UTF-8: {reason(error)}") from error
    return texts


@cache
def read_tokeniser(source: str, revision: str | None = None) -> Any:
    """Return the tokeniser of a folder, or of a hub id; none of its code is run.

    One without a token for padding, such as GPT-2's, pads with the token that ends texts; the mask
    says which tokens are padding. Raises ``NetworkError`` if there is no tokeniser, if it does not
    say which characters a token has, or if it has neither token.
    """
    try:
        # Imported here: it takes seconds, and only networks that read texts need it.
        from transformers import AutoTokenizer
    except ImportError as error:
        raise NetworkError(
            "texts: need transformers; pip install 'sametask[text]', or `make setup`"
        ) from error
    folder = local_folder(source, revision, "tokeniser")
    if folder is None:
        folder = downloaded_folder(source, revision, False, TOKENISER, "tokeniser")
    # Without these files, transformers would make a tokeniser that knows no word.
    if not any(file for kind in VOCABULARIES for file in folder.glob(kind)):
        there = sorted(file.name for file in folder.iterdir() if file.is_file())
        raise NetworkError(
            f"tokeniser: {source}: no tokeniser: it has no tokenizer.json, but {quoted(there)}; "
            "name the folder that save_pretrained of the tokeniser wrote"
        )
    try:
        found = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    except Exception as error:
        raise NetworkError(
            f"tokeniser {source}: cannot be read ({reason(error)}); give a folder with its "
            "tokenizer.json"
        ) from error
    if not found.is_fast:
        raise NetworkError(f"tokeniser {source}: does not say which characters a token has")
    if found.pad_token is None:
        if found.eos_token is None:
            raise NetworkError(
                f"tokeniser {source}: has no token for padding, and none that ends texts; set its "
                "pad_token and save it again"
            )
        found.pad_token = found.eos_token
    return found


def tokenise(
    samples: np.ndarray,
    tokeniser: str,
    length: int,
    positions: int | None = None,
    special: Sequence[str] = tuple(ROLES),
    revision: str | None = None,
    column: str | None = None,
) -> dict[str, np.ndarray]:
    """Return what a network is given for texts, rows of bytes (n, L): a view of an experiment.

    Of samples that have several columns, such as sounds with their transcripts, the texts are those
    of a ``column``.

    Every array (n, T) is padded to ``length`` T tokens, on the side of the tokeniser; the attention
    mask says which tokens are none. ``_spans`` (n, T, 2) are the first character of each token and
    the one after its last; both are 0 for padding and special tokens. With ``positions`` R, also
    ``_positions`` (n, R, 2): of each word the first of its tokens and the one after the last, see
    ``token_ranges``. Raises ``DataError`` that names the first text that has more tokens or words,
    or words that the tokeniser does not know.
    """
    reads = read_tokeniser(tokeniser, revision)
    samples = _of_column(samples, column)
    fields, added = _tokens(reads, samples, length, tokeniser)
    if positions is None:
        return fields
    roles = {role: _special_token(reads, role, tokeniser) for role in special}
    of_words = [
        token_ranges(text, fields[SPANS][row], added[row])
        + special_ranges(fields[IDS][row], added[row] & fields[MASK][row].astype(bool), roles)
        for row, text in enumerate(decode(samples))
    ]
    return fields | {POSITIONS: padded_ranges(of_words, positions, tokeniser)}


def _tokens(
    reads: Any, samples: np.ndarray, length: int, tokeniser: str
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return what ``tokenise`` does without positions, and which tokens (n, T) are special."""
    made = reads(
        decode(samples),
        padding="max_length",
        max_length=length,
        truncation=False,
        return_offsets_mapping=True,
        return_attention_mask=True,
        return_special_tokens_mask=True,
    )
    _require_length(made[IDS], length, tokeniser)
    spans = np.array(made.pop("offset_mapping"))
    added = np.array(made.pop("special_tokens_mask"), bool)
    # Padding may be the unknown token as well.
    ids = np.where(added, -1, np.array(made[IDS]))
    _require_known(ids, reads.unk_token_id, samples, spans, tokeniser)
    return {name: np.array(values) for name, values in made.items()} | {SPANS: spans}, added


def _of_column(samples: np.ndarray, column: str | None) -> np.ndarray:
    """Return the texts of a column of samples, or the samples if they are texts."""
    names = samples.dtype.names or ()
    if column in names or (column is None and not names):
        return samples if column is None else samples[column]
    known = [name for name in names if samples[name].dtype == np.uint8]
    raise DataError(f"column: no {column!r} among inputs.texts; {nearest(str(column), known)}")


def _special_token(reads: Any, role: str, tokeniser: str) -> int:
    """Return the number of the special token of a role; ``NetworkError`` if there is none."""
    if role not in ROLES:
        raise NetworkError(f"special: no {role!r}; {nearest(role, ROLES)}")
    for kind in ROLES[role]:
        number = getattr(reads, f"{kind}_token_id")
        if number is not None:
            return number
    others = ", ".join(other for other in ROLES if other != role)
    raise NetworkError(
        f"tokeniser {tokeniser}: has no special token {' or '.join(ROLES[role])}; give the views "
        f"of all networks special: [{others}], or []"
    )


def _require_length(ids: Sequence[Sequence[int]], length: int, tokeniser: str) -> None:
    longest = max(range(len(ids)), key=lambda number: len(ids[number]))
    if len(ids[longest]) > length:
        raise DataError(
            f"tokeniser {tokeniser}: text {longest} has {len(ids[longest])} tokens; give the view "
            f"length: {len(ids[longest])} or more, as far as the network's positions allow"
        )


def _require_known(
    ids: np.ndarray, unknown: int | None, samples: np.ndarray, spans: np.ndarray, tokeniser: str
) -> None:
    # Without an unknown token, every character has one.
    texts, tokens = np.nonzero(ids == (-2 if unknown is None else unknown))
    if len(texts):
        (text,) = decode(samples[texts[:1]])
        start, end = spans[texts[0]][tokens[0]]
        # A token may begin with the space in front of its word.
        start += text[start] == " "
        words = (word.group() for word in re.finditer(r"\S+", text) if word.end() > start)
        # Another white space is named itself.
        word = text[start:end] if text[start:end].isspace() else next(words, text[start:end])
        raise DataError(
            f"tokeniser {tokeniser}: {len(set(texts))} texts have characters outside its "
            f"vocabulary, the first in {quoted(word)} of {quoted(text)}; leave these texts out, or "
            "take the tokeniser that the network was trained with"
        )

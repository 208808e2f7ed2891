"""The vocabularies of networks of speech: characters for CTC, words for a decoder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from torch import Tensor

from sametask.base.errors import NetworkError
from sametask.networks.tokenisers import END, PAD, START, UNKNOWN, tokens

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast, Wav2Vec2CTCTokenizer

# Stands between words; <pad> is the blank of CTC.
DELIMITER = "|"
# What a loss passes over.
IGNORED = -100


def characters(texts: Sequence[str]) -> Wav2Vec2CTCTokenizer:
    """Return a tokeniser of the characters of texts: the blank, the delimiter of words, letters."""
    from transformers import Wav2Vec2CTCTokenizer

    letters = sorted(set("".join(texts)) - {" "})
    if DELIMITER in letters:
        raise NetworkError(f"texts have {DELIMITER!r}, which stands between words; leave it out")
    numbers = {token: number for number, token in enumerate([PAD, UNKNOWN, DELIMITER, *letters])}
    with TemporaryDirectory() as folder:
        file = Path(folder) / "vocab.json"
        file.write_text(json.dumps(numbers))
        return Wav2Vec2CTCTokenizer(
            file,
            pad_token=PAD,
            unk_token=UNKNOWN,
            bos_token=None,
            eos_token=None,
            word_delimiter_token=DELIMITER,
        )


def whole_words(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Return a tokeniser whose tokens are the words of texts; a text ends in ``</s>``."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = [PAD, START, END, UNKNOWN]
    words = sorted({word for text in texts for word in text.split()})
    numbers = {token: number for number, token in enumerate([*special, *words])}
    tokeniser = Tokenizer(models.WordLevel(numbers, unk_token=UNKNOWN))
    tokeniser.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokeniser.post_processor = processors.TemplateProcessing(
        single=f"$A {END}", special_tokens=[(END, special.index(END))]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokeniser,
        pad_token=PAD,
        bos_token=START,
        eos_token=END,
        unk_token=UNKNOWN,
        clean_up_tokenization_spaces=False,
    )


def labels(tokeniser: Any, texts: Sequence[str]) -> Tensor:
    """Return the numbers of the tokens of texts (n, T), with ``IGNORED`` after their ends.

    Raises ``NetworkError`` that names the first text with a word outside the vocabulary.
    """
    given = tokens(tokeniser, texts)
    return given["input_ids"].masked_fill(given["attention_mask"] == 0, IGNORED)

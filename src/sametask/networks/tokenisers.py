"""Tokenisers trained on texts, in the form that ``transformers`` loads.

Importing ``tokenizers`` and ``transformers`` takes seconds, so only functions that need them do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from sametask.base.errors import NetworkError, nearest, reason

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerFast

TOKENISER = "tokenizer.json"
UNKNOWN, PAD, START, END = "<unk>", "<pad>", "<s>", "</s>"
CLASSIFY, SEPARATE = "<cls>", "<sep>"
MARKS = ".,"


def train_tokeniser(kind: str, texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a tokeniser of ``unigram`` or ``byte_pairs`` that is trained on texts.

    The same texts give the same tokeniser. It has at most ``vocabulary`` tokens. Raises
    ``NetworkError`` for another kind, and for a vocabulary that is too small for the letters.
    """
    kinds = {"unigram": unigram, "byte_pairs": byte_pairs}
    if kind not in kinds:
        raise NetworkError(f"tokeniser: {kind!r}; {nearest(kind, kinds)}")
    try:
        tokeniser = kinds[kind](texts, vocabulary)
    except Exception as error:  # the library raises no narrower class
        raise NetworkError(f"tokeniser: {kind} of {vocabulary} tokens: {reason(error)}") from error
    if len(tokeniser) > vocabulary:
        raise NetworkError(
            f"tokeniser: {kind} needs at least {len(tokeniser)} tokens, vocabulary: {vocabulary}"
        )
    return tokeniser


def unigram(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a unigram tokeniser as XLNet has it: a space is ``▁``, a text ends in ``<sep> <cls>``.

    Texts are padded on the left, so that ``<cls>``, which XLNet decides from, is last.
    Source: Kudo, "Subword regularization" (2018); Yang et al., "XLNet" (2019).
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = [UNKNOWN, PAD, SEPARATE, CLASSIFY]
    tokeniser = Tokenizer(models.Unigram())
    tokeniser.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=special, unk_token=UNKNOWN, show_progress=False
    )
    # The trainer considers only what several characters follow. A word is followed by none, and
    # would never be one token; marks follow it, as they do in ordinary text.
    marked = (text.replace(" ", f"{mark} ") + mark for text in texts for mark in MARKS)
    tokeniser.train_from_iterator(marked, trainer)
    tokeniser.model = models.Unigram(_ordered(tokeniser, special), unk_id=special.index(UNKNOWN))
    tokeniser.decoder = decoders.Metaspace()
    tokeniser.post_processor = processors.TemplateProcessing(
        single=f"$A {SEPARATE} {CLASSIFY}",
        special_tokens=[(token, special.index(token)) for token in (SEPARATE, CLASSIFY)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokeniser,
        unk_token=UNKNOWN,
        pad_token=PAD,
        sep_token=SEPARATE,
        cls_token=CLASSIFY,
        padding_side="left",
        model_input_names=["input_ids", "attention_mask"],
    )


def _ordered(tokeniser: Tokenizer, special: list[str]) -> list[tuple[str, float]]:
    """Return the tokens and their scores, the same every time.

    The trainer orders tokens differently in each run, and gives those that it only keeps as single
    characters scores that depend on this order. They get the lowest of all.
    """
    scores = dict(json.loads(tokeniser.to_str())["model"]["vocab"])
    lowest = min(scores.values())
    known = {
        token: round(lowest if len(token) == 1 else score, 6)
        for token, score in scores.items()
        if token not in special
    }
    return [*((token, 0.0) for token in special), *sorted(known.items())]


def byte_pairs(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokeniser as RoBERTa has it: ``<s> … </s>``, padded on the right.

    Source: Sennrich et al., "Neural machine translation of rare words with subword units" (2016);
    Radford et al., "Language models are unsupervised multitask learners" (2019).
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    # <pad> is 1: RoBERTa numbers the positions of a text from the number of <pad> + 1.
    special = [START, PAD, END, UNKNOWN]
    tokeniser = Tokenizer(models.BPE())
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokeniser.train_from_iterator(texts, trainer)
    tokeniser.decoder = decoders.ByteLevel()
    tokeniser.post_processor = processors.RobertaProcessing(
        (END, special.index(END)), (START, special.index(START)), add_prefix_space=False
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokeniser,
        unk_token=UNKNOWN,
        pad_token=PAD,
        bos_token=START,
        eos_token=END,
        cls_token=START,
        sep_token=END,
        model_input_names=["input_ids", "attention_mask"],
    )


def load_tokeniser(folder: str | Path) -> PreTrainedTokenizerFast:
    """Return the tokeniser of a folder, which has ``tokenizer.json``; no code in it is run.

    Raises ``NetworkError`` for a folder without it, and for one that cannot be read.
    """
    from transformers import PreTrainedTokenizerFast

    folder = Path(folder)
    if not (folder / TOKENISER).is_file():
        beside = [path.name for path in folder.glob("*")]
        raise NetworkError(
            f"{folder}: no tokeniser: it has no {TOKENISER}; {nearest(TOKENISER, beside)}"
        )
    try:
        return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # the library raises no narrower class
        raise NetworkError(f"{folder}: {TOKENISER} cannot be read: {reason(error)}") from error


def tokens(tokeniser: Any, texts: Sequence[str]) -> dict[str, Tensor]:
    """Return ``input_ids`` and ``attention_mask`` (n, T) of texts, padded to the longest.

    Raises ``NetworkError`` that names the first text with a word outside the vocabulary.
    """
    given = tokeniser(list(texts), padding=True, return_tensors="pt")
    unknown = (given["input_ids"] == tokeniser.unk_token_id).any(dim=1)
    if unknown.any():
        text = texts[int(unknown.int().argmax())]
        known = {
            word: tokeniser.unk_token_id not in tokeniser(word)["input_ids"]
            for word in text.split()
        }
        word = next(word for word in known if not known[word])
        raise NetworkError(
            f"text {text[:60]!r}: {word!r} is, or has characters, outside the vocabulary of the "
            "tokeniser"
        )
    return {name: given[name] for name in ("input_ids", "attention_mask")}

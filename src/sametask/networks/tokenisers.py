"""Tokenisers trained on the texts of a data set, in the form that ``transformers`` loads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

UNKNOWN, PAD, START, END = "<unk>", "<pad>", "<s>", "</s>"
CLASSIFY, SEPARATE = "<cls>", "<sep>"


def unigram(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a unigram tokeniser as XLNet has it: a space is ``▁``, a text ends in ``<sep> <cls>``.

    Texts are padded on the left, so that ``<cls>``, which XLNet decides from, is last.
    Source: Kudo, "Subword regularization" (2018); Yang et al., "XLNet" (2019).
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokeniser = Tokenizer(models.Unigram())
    tokeniser.pre_tokenizer = pre_tokenizers.Metaspace()
    tokeniser.decoder = decoders.Metaspace()
    special = [UNKNOWN, PAD, SEPARATE, CLASSIFY]
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=special, unk_token=UNKNOWN, show_progress=False
    )
    tokeniser.train_from_iterator(texts, trainer)
    tokeniser.post_processor = processors.TemplateProcessing(
        single=f"$A {SEPARATE} {CLASSIFY}:2",
        special_tokens=[(token, tokeniser.token_to_id(token)) for token in special[2:]],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokeniser,
        unk_token=UNKNOWN,
        pad_token=PAD,
        sep_token=SEPARATE,
        cls_token=CLASSIFY,
        padding_side="left",
    )


def byte_pairs(texts: Sequence[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokeniser as RoBERTa has it: ``<s> … </s>``, padded on the right.

    Source: Sennrich et al., "Neural machine translation of rare words with subword units" (2016);
    Radford et al., "Language models are unsupervised multitask learners" (2019).
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokeniser = Tokenizer(models.BPE())
    tokeniser.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokeniser.decoder = decoders.ByteLevel()
    special = [START, PAD, END, UNKNOWN]
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=letters, show_progress=False
    )
    tokeniser.train_from_iterator(texts, trainer)
    end, start = (END, tokeniser.token_to_id(END)), (START, tokeniser.token_to_id(START))
    tokeniser.post_processor = processors.RobertaProcessing(end, start, add_prefix_space=False)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokeniser,
        unk_token=UNKNOWN,
        pad_token=PAD,
        bos_token=START,
        eos_token=END,
        cls_token=START,
        sep_token=END,
    )

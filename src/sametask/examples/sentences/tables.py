"""Sentences as a data set of the library ``datasets``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sametask.examples.sentences.drawing import draw_sentences
from sametask.examples.sentences.grammar import Sentence
from sametask.examples.sentences.words import Words

if TYPE_CHECKING:
    from datasets import DatasetDict


def columns_of(sentences: Sequence[Sentence], words: Words) -> dict[str, list[Any]]:
    """Return the columns ``text``, ``german``, ``label`` and ``other_label`` of sentences."""
    return {
        "text": [sentence.english(words) for sentence in sentences],
        "german": [sentence.german(words) for sentence in sentences],
        "label": [sentence.sentiment(words) for sentence in sentences],
        "other_label": [sentence.agreement(words) for sentence in sentences],
    }


def kinds_of_columns() -> dict[str, Any]:
    """Return the kinds of the columns of ``columns_of``, as ``datasets.Features`` takes them."""
    from datasets import ClassLabel, Value

    return {
        "text": Value("string"),
        "german": Value("string"),
        "label": ClassLabel(names=["negative", "positive"]),
        "other_label": ClassLabel(names=["different", "same"]),
    }


def data_set(words: Words, counts: Mapping[str, int], seed: int) -> DatasetDict:
    """Return the columns ``text``, ``german``, ``label`` and ``other_label`` for each split.

    ``label`` is the sentiment, ``other_label`` that of another task on the same sentences; both are
    class labels with names. ``counts`` are the numbers of sentences, by split; ``save_to_disk`` of
    the result writes a folder that ``sametask.inputs.data_sets.texts`` reads.
    """
    from datasets import Dataset, DatasetDict, Features

    features = Features(kinds_of_columns())
    drawn = draw_sentences(words, counts, seed)
    return DatasetDict(
        {
            split: Dataset.from_dict(columns_of(sentences, words), features)
            for split, sentences in drawn.items()
        }
    )

"""The settings of the sentences: the content of ``config/sentences.yaml``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from sametask.base.errors import nearest, quoted
from sametask.config.names import FilePath
from sametask.config.sections.network_sections import Training
from sametask.config.sections.section import Count, Section


class Tokeniser(Section):
    """How a tokeniser is trained on the training sentences."""

    kind: Literal["unigram", "byte_pairs"] = Field(
        description="`unigram` as XLNet has it, or `byte_pairs` (byte-level BPE) as RoBERTa has it."
    )
    vocabulary: Count = Field(description="Largest number of tokens.")


class TextClassifier(Section):
    """A network of transformers that is trained to classify texts."""

    class_name: str = Field(
        alias="class",
        pattern=r"^\w+$",
        description="Its class in transformers, such as `XLNetForSequenceClassification`.",
    )
    configuration: dict[str, Any] = Field(
        {},
        description="Keys of its configuration. Those of the tokeniser and of the labels are "
        "added: `vocab_size`, `pad_token_id`, `num_labels`.",
    )
    tokeniser: str = Field(description="The name of its tokeniser.")
    label: str = Field("label", description="The column of the data set that it learns.")
    train: Training = Field(description="How it is trained.")


class Sentences(Section):
    """Sentences, tokenisers trained on them, and networks that classify them."""

    seed: int = Field(0, ge=0, lt=2**63, description="The seed of all random numbers.")
    words: FilePath = Field(description="File of the words.")
    counts: dict[str, Count] = Field(
        min_length=1,
        description="Numbers of sentences for `train`, `validation`, `fit` and `test`.",
    )
    tokenisers: dict[str, Tokeniser] = Field(min_length=1, description="Tokenisers by name.")
    classifiers: dict[str, TextClassifier] = Field(
        min_length=1, description="Networks that classify the sentences, by name."
    )

    @model_validator(mode="after")
    def _known_tokenisers(self) -> Sentences:
        for name, classifier in self.classifiers.items():
            if classifier.tokeniser not in self.tokenisers:
                raise ValueError(
                    f"classifiers.{name}.tokeniser: no tokeniser {quoted(classifier.tokeniser)}; "
                    f"{nearest(classifier.tokeniser, self.tokenisers)}"
                )
        return self

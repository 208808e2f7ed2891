"""Networks of ``transformers`` that are trained here to classify texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from sametask.base.errors import NetworkError, nearest
from sametask.base.seeding import seeded
from sametask.config.sections.sentences_section import TextClassifier
from sametask.inputs import Blocks
from sametask.inputs.data_sets.texts import Texts, read_texts
from sametask.networks.configured import built
from sametask.networks.given import rows, tensors, without_padding
from sametask.networks.positions import most_tokens
from sametask.networks.tokenisers import load_tokeniser, tokens
from sametask.networks.train import Data, answers, train
from sametask.storage.atomic import replacing
from sametask.storage.json_files import write_json

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

ENDING = "ForSequenceClassification"
# Texts in one pass in which accuracy is measured.
MEASURED = 256
FIGURES = "training.json"


@dataclass(frozen=True)
class Trained:
    """A network, its tokeniser, and figures of its training: losses, epochs and accuracies."""

    network: PreTrainedModel
    tokeniser: PreTrainedTokenizerFast
    figures: Mapping[str, float]

    def save(self, folder: str | Path) -> None:
        """Write a folder as ``save_pretrained`` does, with the tokeniser and ``training.json``."""
        with replacing(folder) as unfinished:
            self.network.save_pretrained(unfinished)
            self.tokeniser.save_pretrained(unfinished)
            write_json(unfinished / FIGURES, dict(self.figures))


def untrained_classifier(
    class_name: str,
    configuration: Mapping[str, Any],
    tokeniser: PreTrainedTokenizerFast,
    classes: int,
) -> PreTrainedModel:
    """Return a network with random weights that classifies what a tokeniser makes of texts.

    Raises ``NetworkError`` for an unknown class, and for keys and values that its configuration
    does not take.
    """
    import transformers

    known = [name for name in dir(transformers) if name.endswith(ENDING)]
    if class_name not in known:
        raise NetworkError(f"class: {class_name!r}; {nearest(class_name, known)}")
    added = {
        "vocab_size": len(tokeniser),
        "pad_token_id": tokeniser.pad_token_id,
        "bos_token_id": tokeniser.bos_token_id,
        "eos_token_id": tokeniser.eos_token_id,
        "num_labels": classes,
    }
    return built(class_name, configuration, added)


def train_classifier(
    settings: TextClassifier, data: str | Path, tokeniser: str | Path, seed: int
) -> Trained:
    """Train a network on the split ``train`` of a data set; ``tokeniser`` is a folder.

    The weights of the lowest loss on the split ``validation`` are kept. The same seed gives the
    same network. The figures have the accuracies on ``train``, ``validation`` and ``test``.
    """
    cut = load_tokeniser(tokeniser)
    texts = {
        split: read_texts(data, split, label=settings.label)
        for split in ("train", "validation", "test")
    }
    given = {split: _as_data(cut, part) for split, part in texts.items()}
    with seeded(seed):
        network = untrained_classifier(
            settings.class_name, settings.configuration, cut, texts["train"].classes
        )
        _require_room(network, given)
        training, validation = (
            Blocks.single(len(given[split][1]), given[split]) for split in ("train", "validation")
        )
        figures = train(network, training, validation, settings.train, seed)
    accuracies = {f"{split}_accuracy": accuracy(network, part) for split, part in given.items()}
    return Trained(network, cut, figures | accuracies)


def _as_data(tokeniser: PreTrainedTokenizerFast, part: Texts) -> Data:
    """Return what a network is given of texts, and their labels."""
    assert part.labels is not None  # ``read_texts`` was asked for them
    return tokens(tokeniser, part.texts), torch.from_numpy(part.labels)


def _require_room(network: PreTrainedModel, given: Mapping[str, Data]) -> None:
    """Refuse texts that are longer than the positions of a network with learned positions."""
    room = most_tokens(network)
    longest = max(tensors(part)["attention_mask"].shape[1] for part, _ in given.values())
    if room is not None and longest > room:
        raise NetworkError(
            f"configuration: max_position_embeddings: {network.config.max_position_embeddings} has "
            f"room for {room} tokens, but a text has {longest}"
        )


@torch.no_grad()
def accuracy(network: nn.Module, data: Data) -> float:
    """Return how often the class of the largest logit is the label."""
    given, labels = data
    right = 0
    for start in range(0, len(labels), MEASURED):
        part = slice(start, start + MEASURED)
        chosen = answers(network, without_padding(rows(given, part))).argmax(dim=1)
        right += int((chosen == labels[part]).sum())
    return right / len(labels)

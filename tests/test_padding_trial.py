"""Padding changes no answer: what `check` tries of networks of tokens."""

import numpy as np
import pytest
import torch
from pretrained_networks import configuration, saved
from refusals import refusal
from torch import nn

from sametask.check import pretrained_trial
from sametask.check.network_trial import check_network
from sametask.check.token_trial import require_readable_tokens
from sametask.config import Network
from sametask.config.sections.sample_sections import Positions
from sametask.inputs.fields import POSITIONS, join_fields

LENGTHS, LONGEST = (3, 5, 2, 4), 5
SIZES = {"n_embd": 8, "n_layer": 2, "n_head": 2, "vocab_size": 20, "n_positions": 12}


def texts(side, pad=9):
    """Texts of several lengths, padded on a side, with a word for every token."""
    ids = np.full((len(LENGTHS), LONGEST), pad)
    mask, words = np.zeros_like(ids), np.zeros((*ids.shape, 2), np.int64)
    for row, length in enumerate(LENGTHS):
        first = LONGEST - length if side == "left" else 0
        ids[row, first : first + length] = 10 + np.arange(length)
        mask[row, first : first + length] = 1
        words[row, :length] = first + np.arange(length)[:, None] + [0, 1]
    return join_fields({"input_ids": ids, "attention_mask": mask, POSITIONS: words})


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    torch.manual_seed(3)
    folder = tmp_path_factory.mktemp("gpt")
    config = configuration("GPT2", pad_token_id=9, num_labels=3, initializer_range=0.5, **SIZES)
    saved(folder, "GPT2ForSequenceClassification", config)
    return folder


def network(source, **keys):
    pretrained = {"source": str(source), "class": "GPT2ForSequenceClassification"}
    content = {"pretrained": pretrained, "layers": "transformer.h.1", "pool": "mean"}
    return Network.model_validate(content | keys)


def test_padding_behind_a_text_changes_nothing(source):
    layout, answer = check_network(network(source), texts("right"))
    assert (layout.total, answer) == (8, (3,))


def test_positions_that_count_padding_are_refused(source):
    words = ["for a text of 2 tokens", "without its 3 tokens of padding", "padding_side"]
    refusal(lambda: check_network(network(source), texts("left")), words=words)


def test_padding_by_another_token_is_refused(source):
    words = ["input_ids of input 0 has 7 as padding", "pad_token_id is 9"]
    refusal(lambda: check_network(network(source), texts("right", pad=7)), words=words)


def test_words_of_a_large_network_are_found_by_shapes(source, monkeypatch):
    of_words = Positions(of="words")
    asked = network(source, pool=None)
    expected = check_network(asked, texts("right"), of_words)
    monkeypatch.setattr(pretrained_trial, "LARGEST", 0)
    monkeypatch.setattr("sametask.networks.pretrained_weights.read_weights", None)
    assert check_network(asked, texts("right"), of_words) == expected


def test_a_network_without_a_configuration_may_pad_as_it_likes():
    require_readable_tokens(nn.Identity(), texts("left", pad=0))

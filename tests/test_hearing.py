"""Words that a network of sound hears, as positions, and those that other networks do not have."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from refusals import refusal
from sound_networks import english, sounds

from sametask.activations.cutting import paired_samples
from sametask.inputs.fields import POSITIONS, STEPS
from sametask.networks import hearing
from sametask.networks.hearing import hear_words

LETTERS = ["<pad>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("heard") / "english"
    english(folder)
    return str(folder)


def says(monkeypatch, *lines):
    """Let the network say these tokens, one a step: "." is the blank."""
    rows = [[LETTERS.index(sign.replace(".", "<pad>")) for sign in line] for line in lines]

    def network(input_values, attention_mask):
        steps = 99  # of 32,000 numbers
        scores = np.zeros((len(rows), steps, len(LETTERS)), np.float32)
        for scored, tokens in zip(scores, rows, strict=True):
            scored[np.arange(steps), [*tokens, *[0] * (steps - len(tokens))]] = 5
        return SimpleNamespace(logits=torch.from_numpy(scores))

    monkeypatch.setattr(hearing, "read_recogniser", lambda *_: network)


def test_a_word_has_the_steps_from_its_first_to_its_last_letter(folder, monkeypatch):
    says(monkeypatch, "..ab.b||.cc.d.", "a")
    fields = hear_words(sounds(32_000, 16_000), folder, positions=6)
    ranges, steps = fields[POSITIONS], fields[STEPS].sum(axis=1)
    assert ranges.dtype.kind == "i"
    # "abb" and "cd", before the first of them, after the last of them, and no more.
    assert ranges[0].tolist() == [[2, 6], [9, 13], [0, 2], [13, steps[0]], [0, 0], [0, 0]]
    # A word in the first step: what is before it is a step all the same.
    assert ranges[1].tolist()[:3] == [[0, 1], [0, 1], [1, steps[1]]]


def test_steps_of_padding_are_not_heard(folder, monkeypatch):
    says(monkeypatch, "a", "." * 60 + "b")
    fields = hear_words(sounds(32_000, 16_000), folder, positions=4, special=[])
    assert (fields[POSITIONS][1] == 0).all()


def test_only_special_positions_where_nothing_is_heard_or_too_much(folder, monkeypatch):
    says(monkeypatch, "", "a|b|c")
    fields = hear_words(sounds(32_000, 32_000), folder, positions=4)
    nothing, much = fields[POSITIONS]
    assert (nothing[:, 1] > nothing[:, 0]).sum() == (much[:, 1] > much[:, 0]).sum() == 2
    says(monkeypatch, "a|b|c")
    (fits,) = hear_words(sounds(32_000), folder, positions=5)[POSITIONS]
    assert (fits[:, 1] > fits[:, 0]).sum() == 5


def test_roles_are_as_in_texts(folder, monkeypatch):
    says(monkeypatch, "..a")
    (ranges,) = hear_words(sounds(32_000), folder, positions=3, special=["last"])[POSITIONS]
    assert ranges.tolist() == [[2, 3], [3, 99], [0, 0]]
    refusal(
        lambda: hear_words(sounds(32_000), folder, positions=3, special=["lst"]), words=("last",)
    )


class Recorded(dict):
    """A store of positions alone."""

    @classmethod
    def of(cls, *counts):
        ranges = np.zeros((len(counts), 4, 2), np.int64)
        for row, count in zip(ranges, counts, strict=True):
            row[:count, 1] = 1
        return cls({f"fit/seen/{POSITIONS}": ranges})


def test_samples_with_other_numbers_of_positions_are_not_paired():
    own, other = Recorded.of(2, 3, 4), Recorded.of(2, 2, 4)
    assert paired_samples(own, [own, other]).tolist() == [True, False, True]
    assert paired_samples(own, [own]).all()
    assert paired_samples({}, [{}]) is None

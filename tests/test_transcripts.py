"""Texts that networks put out: how they are read, and how many of their words are wrong."""

import numpy as np
import pytest
import torch
from refusals import refusal
from sound_networks import tokeniser

from sametask.evaluation.said_texts import NOTHING, as_rows, of_rows
from sametask.evaluation.transcription import Says
from sametask.networks.transcripts import Transcriber, read_transcriber, require_transcribed
from sametask.statistics.words import WordErrors, changed_words
from sametask.verdict.task.learner import Seen
from sametask.verdict.task.trigrams import Trigrams

LETTERS = ["<pad>", "<unk>", "|", *"abcdefghijklmnopqrstuvwxyz"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("transcripts")
    tokeniser(made)
    return made


def scores(*texts, width=12):
    """Scores whose likeliest tokens are these letters; ``_`` is the blank, the rest padding."""
    made = np.zeros((len(texts), width, len(LETTERS)), np.float32)
    for row, text in enumerate(texts):
        made[row, : len(text)] = -1.0
        for place, letter in enumerate(text):
            made[row, place, 0 if letter == "_" else LETTERS.index(letter)] = 2.0
    return made


@pytest.mark.parametrize(
    ("steps", "by_ctc", "by_tokens"),
    [
        ("ccoff_fee_e", "coffee", "ccofffeee"),
        ("a||b", "a b", "a  b"),
        ("_a_|_b_", "a b", "a b"),
        ("__", "", ""),
        ("", "", ""),
        ("a_a", "aa", "aa"),
    ],
)
def test_texts_are_read(folder, steps, by_ctc, by_tokens):
    """By CTC repetitions are written once and blanks never; by tokens each step is a letter."""
    assert read_transcriber(str(folder), "ctc").texts(scores(steps)) == [by_ctc]
    assert read_transcriber(str(folder), "tokens").texts(scores(steps)) == [by_tokens]


def test_tokenisers_of_other_networks_write_repetitions_once_too(tmp_path):
    """CTC is a matter of the network; a tokeniser of texts knows nothing of it."""
    from tokenizers import Tokenizer, decoders, models
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordLevel({name: k for k, name in enumerate(LETTERS)}, "<unk>"))
    made.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", unk_token="<unk>")
    fast.save_pretrained(tmp_path)
    assert read_transcriber(str(tmp_path), "ctc").texts(scores("ccoff_fee_e")) == ["coffee"]
    assert read_transcriber(str(tmp_path), "tokens").texts(scores("co_ff")) == ["coff"]


def test_padding_is_no_text(folder):
    """A step at which all scores are 0 is none, whatever the first token of the tokeniser is."""
    reads = read_transcriber(str(folder), "ctc")
    assert reads.texts(scores("ab", width=3)) == reads.texts(scores("ab", width=40)) == ["ab"]
    shifted = Transcriber(reads.tokeniser, "ctc")
    assert shifted.tokens(np.zeros((1, 4, 29))).tolist() == [[reads.blank] * 4]


def test_tokenisers_that_do_not_fit_are_refused(folder, tmp_path):
    tokeniser(tmp_path / "blankless", padding=None)
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "config.json").write_text("{}")
    words = ["blankless", "padding", "blank of CTC"]
    refusal(read_transcriber, str(tmp_path / "blankless"), "ctc", words=words)
    words = ["bare: no vocabulary", "vocab.json", "config.json"]
    refusal(read_transcriber, str(tmp_path / "bare"), "ctc", words=words)
    reads = read_transcriber(str(folder), "ctc")
    require_transcribed(reads, (24, 29), "english", 24)
    require_transcribed(reads, (24, 32), "english")
    refusal(require_transcribed, reads, (24, 20), "other", words=["other has 29 tokens", "of 20"])
    refusal(require_transcribed, reads, (2,), "other", words=["pretrained.generate"])
    refusal(require_transcribed, reads, (7, 29), "other", 24, words=["at 7 steps", "have 24"])


CASES = [
    ("a b c", "a b c", 0),
    ("a b c", "a x c", 1),
    ("a b c", "a c", 1),
    ("a b c", "a b b c", 1),
    ("a b c", "", 3),
    ("a b", "b a", 2),
    ("a", "x y z", 3),
]


def test_wrong_words_are_counted():
    references, texts, wrong = zip(*CASES, strict=True)
    errors = WordErrors.of(references, texts)
    assert errors.wrong.tolist() == list(wrong)
    assert errors.words.tolist() == [3, 3, 3, 3, 3, 2, 1]
    assert errors.rate == sum(wrong) / 18
    empty = WordErrors.of(["", "a"], ["b", "a"])
    assert (empty.wrong.tolist(), empty.words.tolist()) == ([1, 0], [0, 1])
    assert WordErrors.of(["a"], ["b c d"]).agreement == 0.0


def fewest_changes(before, after):
    """The number of changes from one list of words to another, by the table of Wagner & Fischer."""
    row = list(range(len(after) + 1))
    for number, word in enumerate(before, start=1):
        above, row = row, [number]
        for place, other in enumerate(after, start=1):
            row.append(min(row[-1] + 1, above[place] + 1, above[place - 1] + (word != other)))
    return row[-1]


def test_the_rate_is_that_of_the_fewest_changes():
    draw = np.random.default_rng(0)
    references, texts = (
        [" ".join(draw.choice(list("abcd"), draw.integers(1, 9))) for _ in range(60)]
        for _ in range(2)
    )
    errors = WordErrors.of(references, texts)
    pairs = [(one.split(), other.split()) for one, other in zip(references, texts, strict=True)]
    changed = sum(fewest_changes(*pair) for pair in pairs)
    assert errors.rate == changed / sum(len(reference) for reference, _ in pairs)
    low, high = errors.rate_interval()
    assert low < errors.rate < high
    changes = [changed_words(*pair) for pair in zip(references, texts, strict=True)]
    assert [len(found) for found in changes] == errors.wrong.tolist()


def test_intervals_hold_the_rate_of_all_texts_about_as_often_as_they_say():
    draw = np.random.default_rng(1)
    held = 0
    for _ in range(100):
        wrong = draw.binomial(1, 0.3, size=(80, 5))
        errors = WordErrors(wrong.sum(axis=1), np.full(80, 5))
        low, high = errors.rate_interval()
        assert errors.agreement_interval() == (1 - high, 1 - low)
        held += low <= 0.3 <= high
    assert 85 <= held <= 100
    assert WordErrors.of(["a b"] * 5, ["a b"] * 5).rate_interval() == (0.0, 0.0)


def test_texts_without_a_word_are_kept_as_such():
    """On a page, nothing is no word: the rates there are those of the evaluation."""
    texts = ["a b", "", "ein Käse"]
    assert of_rows(as_rows(texts)) == texts
    assert NOTHING in of_rows(as_rows([f"{NOTHING} b"]))[0]


def test_figures_of_texts_are_beside_the_own_and_the_true_ones(folder):
    reads = read_transcriber(str(folder), "ctc")
    own, found = (torch.from_numpy(scores(*texts)) for texts in (["a|b", "c|d"], ["a|b", "c|x"]))
    figures = Says(reads, ["a b", "c x"]).figures(found, own)
    assert (figures["word_agreement"], figures["same_texts"]) == (0.75, 0.5)
    assert figures["word_agreement_low"] <= 0.75 <= figures["word_agreement_high"]
    assert figures["word_error_rate"] == 0.0
    assert "word_error_rate" not in Says(reads, None).figures(found, own)
    assert Says(reads, None).own_figures(own) == {}


def test_answers_are_the_counts_of_trigrams_that_fit_samples_have(folder):
    reads = read_transcriber(str(folder), "ctc")
    fit, test = (torch.from_numpy(scores(*texts)) for texts in (["a|be|a", "c"], ["a|x|bet", ""]))
    counted = Trigrams.of(reads, fit)
    assert counted.known == (" a ", " be", " c ", "be ")
    seen = counted.seen(Seen(fit, test))
    assert seen.fit.tolist() == [[2, 1, 0, 1, 0], [0, 0, 1, 0, 0]]
    assert seen.test.tolist() == [[1, 1, 0, 0, 3], [0, 0, 0, 0, 0]]
    answers = counted.after(lambda ways: torch.stack([fit, test]))(torch.zeros(2, 2, 1))
    assert torch.equal(answers, torch.stack([seen.fit, seen.test]))

"""Tokenisers: deterministic, saved for transformers, different cuts of the same words."""

import json

import pytest
from refusals import refusal
from transformers import AutoTokenizer

from sametask.examples.sentences import draw_sentences, read_words
from sametask.networks.tokenisers import load_tokeniser, tokens, train_tokeniser

WORDS = read_words("resources/sentences.yaml")
TEXTS = [made.english(WORDS) for made in draw_sentences(WORDS, {"train": 2048}, 0)["train"]]
SIZES = {"unigram": 80, "byte_pairs": 440}
of_kinds = pytest.mark.parametrize("kind", SIZES)


@pytest.fixture(scope="module")
def trained():
    return {kind: train_tokeniser(kind, TEXTS, size) for kind, size in SIZES.items()}


def content(tokeniser):
    return json.loads(tokeniser._tokenizer.to_str())


@of_kinds
def test_the_same_texts_give_the_same_tokeniser(trained, kind):
    for _ in range(3):
        again = train_tokeniser(kind, TEXTS, SIZES[kind])
        assert content(again) == content(trained[kind])


@of_kinds
def test_a_saved_tokeniser_is_one_of_transformers(trained, kind, tmp_path):
    trained[kind].save_pretrained(tmp_path)
    expected = tokens(trained[kind], TEXTS[:50])
    for loaded in (load_tokeniser(tmp_path), AutoTokenizer.from_pretrained(tmp_path)):
        given = tokens(loaded, TEXTS[:50])
        assert all((given[name] == expected[name]).all() for name in expected)
        assert (loaded.padding_side, loaded.pad_token) == (trained[kind].padding_side, "<pad>")


@of_kinds
def test_offsets_are_the_characters_of_the_tokens(trained, kind):
    text = "the dull harbour does not forbid splendid stories"
    cut = trained[kind](text, return_offsets_mapping=True)
    spans = [span for span in cut["offset_mapping"] if span[1] > span[0]]
    covered = {place for start, end in spans for place in range(start, end)}
    assert covered >= {place for place, letter in enumerate(text) if letter != " "}
    assert trained[kind].decode(cut["input_ids"], skip_special_tokens=True).strip() == text


def test_the_two_cut_words_differently(trained):
    words = sorted({word for text in TEXTS for word in text.split()})
    cuts = {
        kind: {word: len(tokeniser.tokenize(f"the {word}")) - 1 for word in words}
        for kind, tokeniser in trained.items()
    }
    for lengths in cuts.values():
        assert 10 <= sum(length > 1 for length in lengths.values()) <= len(words) / 2
    assert sum(cuts["unigram"][word] != cuts["byte_pairs"][word] for word in words) >= 5


def test_special_tokens_are_where_their_networks_look_for_them(trained):
    short, long = tokens(trained["unigram"], ["the park", TEXTS[0]])["input_ids"].tolist()
    assert trained["unigram"].convert_ids_to_tokens(short[-2:]) == ["<sep>", "<cls>"]
    assert (short[0], len(short)) == (trained["unigram"].pad_token_id, len(long))
    short = tokens(trained["byte_pairs"], ["the park", TEXTS[0]])["input_ids"][0].tolist()
    assert (short[0], short[-1]) == (trained["byte_pairs"].bos_token_id, 1)


def test_what_cannot_be_cut_or_trained_is_refused(trained, tmp_path):
    refusal(tokens, trained["unigram"], ["the park", "the zebra"], words=("'zebra'", "vocabulary"))
    refusal(train_tokeniser, "unigrams", TEXTS, 80, words=("'unigrams'", "'unigram'"))
    refusal(train_tokeniser, "byte_pairs", TEXTS, 80, words=("260", "vocabulary: 80"))
    refusal(train_tokeniser, "unigram", TEXTS, 8, words=("unigram", "8"))
    refusal(load_tokeniser, tmp_path, words=("no tokeniser", "tokenizer.json"))
    (tmp_path / "tokenizer.json").write_text("{")
    refusal(load_tokeniser, tmp_path, words=("tokenizer.json", "cannot be read"))

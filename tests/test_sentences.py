"""Sentences: German forms, two labels, held-out combinations, and what counting words tells."""

from itertools import combinations

import numpy as np
import pytest
from refusals import refusal
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from sametask.examples.sentences import (
    Sentence,
    data_set,
    draw_sentences,
    held_out_pairs,
    read_words,
)

WORDS = read_words("resources/sentences.yaml")
COUNTS = {"train": 4096, "fit": 4096, "test": 2048}


@pytest.fixture(scope="module")
def drawn():
    return draw_sentences(WORDS, COUNTS, seed=5)


def sentence(**slots):
    """A sentence of which only some slots are named."""
    usual = {
        "determiner": "the", "subject_adjective": None, "subject": "park", "adverb": None,
        "verb": "offers", "adjective": "good", "object": "food", "time": None, "time_first": False,
    }  # fmt: skip
    return Sentence(**usual | slots)


@pytest.mark.parametrize(
    ("slots", "english", "german"),
    [
        ({}, "the park offers good food", "Der Park bietet gutes Essen"),
        (
            {"determiner": "our", "subject_adjective": "dull", "adverb": "not", "object": "wine"},
            "our dull park does not offer good wine",
            "Unser langweiliger Park bietet keinen guten Wein",
        ),
        (
            {"subject": "city", "subject_adjective": "ugly", "adverb": "not", "object": "news"},
            "the ugly city does not offer good news",
            "Die hässliche Stadt bietet keine guten Nachrichten",
        ),
        (
            {"determiner": "this", "subject": "hotel", "time": "in winter", "time_first": True},
            "in winter this hotel offers good food",
            "Im Winter bietet dieses Hotel gutes Essen",
        ),
        (
            {"subject": "hotel", "time": "at night", "adverb": "never", "object": "music"},
            "the hotel never offers good music at night",
            "Das Hotel bietet in der Nacht nie gute Musik",
        ),
        (
            {"adverb": "not"},
            "the park does not offer good food",
            "Der Park bietet kein gutes Essen",
        ),
    ],
)
def test_words_have_their_forms_in_both_languages(slots, english, german):
    made = sentence(**slots)
    assert (made.english(WORDS), made.german(WORDS)) == (english, german)


def test_the_sentiment_is_a_product_of_three_signs():
    assert sentence().sentiment(WORDS) == 1
    assert sentence(adjective="bad").sentiment(WORDS) == 0
    assert sentence(adjective="bad", verb="avoids").sentiment(WORDS) == 1
    assert sentence(adjective="bad", verb="avoids", adverb="rarely").sentiment(WORDS) == 0
    assert sentence(adjective="bad", adverb="not").sentiment(WORDS) == 1
    assert sentence(subject_adjective="awful", time="in winter").sentiment(WORDS) == 1


def test_the_other_label_depends_on_two_other_places():
    assert sentence().agreement(WORDS) == 1
    assert sentence(subject_adjective="awful").agreement(WORDS) == 0
    assert sentence(subject_adjective="awful", time="in winter").agreement(WORDS) == 1
    assert sentence(adjective="bad", verb="avoids", adverb="not").agreement(WORDS) == 1


def test_sentences_differ_and_vary_in_length(drawn):
    texts = [made.english(WORDS) for part in drawn.values() for made in part]
    assert len(set(texts)) == len(texts) == sum(COUNTS.values())
    assert {len(text.split()) for text in texts} == set(range(5, 11))
    assert 55 <= len({word for text in texts for word in text.split()}) <= 75


def test_labels_are_balanced_and_independent(drawn):
    for part in drawn.values():
        labels = np.array([(made.sentiment(WORDS), made.agreement(WORDS)) for made in part])
        assert (labels.mean(axis=0) == 0.5).all()
        assert np.corrcoef(labels.T)[0, 1] == 0


def test_test_sentences_have_combinations_that_no_other_has(drawn):
    held = held_out_pairs(WORDS, seed=5)
    pairs = {name: {(s.verb, s.adjective) for s in part} for name, part in drawn.items()}
    assert pairs["test"] == held
    assert not held & (pairs["train"] | pairs["fit"])
    assert len(pairs["train"]) == 144 - len(held) == 96
    for place, words in ((0, WORDS.verbs), (1, WORDS.adjectives)):
        assert {pair[place] for pair in held} == set(words)
        assert {pair[place] for pair in pairs["train"]} == set(words)


def test_the_same_seed_gives_the_same_sentences(drawn):
    assert draw_sentences(WORDS, COUNTS, seed=5) == drawn
    assert draw_sentences(WORDS, COUNTS, seed=6)["test"] != drawn["test"]


def pairs_of_words(text):
    """Words, and pairs of them whatever their order."""
    words = sorted(text.split())
    return [*words, *(f"{a} {b}" for a, b in combinations(words, 2))]


def accuracy(analyser, part, labels, drawn, label):
    """Accuracy of a logistic regression on counts, on the held-out sentences."""
    counts = CountVectorizer(analyzer=analyser, binary=True)
    fitted = LogisticRegression(max_iter=500, C=0.1)
    fitted.fit(counts.fit_transform([s.english(WORDS) for s in drawn[part]]), labels[part])
    told = fitted.predict(counts.transform([s.english(WORDS) for s in drawn["test"]]))
    return (told == [label(s) for s in drawn["test"]]).mean()


@pytest.mark.parametrize("part", ["train", "fit"])
@pytest.mark.parametrize("analyser", [str.split, pairs_of_words])
def test_counting_words_or_pairs_does_not_tell_the_sentiment(drawn, part, analyser):
    labels = {name: [s.sentiment(WORDS) for s in sentences] for name, sentences in drawn.items()}
    reached = accuracy(analyser, part, labels, drawn, lambda s: s.sentiment(WORDS))
    assert abs(reached - 0.5) < 0.05, reached


def test_counting_words_tells_what_one_word_decides(drawn):
    """The same regression tells whether a sentence is denied: it fails above for a reason."""

    def denied(made):
        return int(made.adverb in ("never", "rarely", "not"))

    labels = {name: list(map(denied, sentences)) for name, sentences in drawn.items()}
    assert accuracy(str.split, "fit", labels, drawn, denied) == 1


def test_the_columns_of_the_data_set():
    tables = data_set(WORDS, {"train": 32, "test": 32}, seed=0)
    assert set(tables) == {"train", "test"}
    first = tables["train"][0]
    assert set(first) == {"text", "german", "label", "other_label"}
    assert tables["train"].features["label"].names == ["negative", "positive"]


def test_more_sentences_than_the_words_make_are_refused():
    kept = {
        "determiners": ["the"], "subjects": ["park"], "objects": ["food"],
        "adverbs": ["always", "never"], "times": ["in summer", "in winter"],
    }  # fmt: skip
    slots = {slot: {word: getattr(WORDS, slot)[word] for word in kept[slot]} for slot in kept}
    few = WORDS.model_copy(update=slots)
    refusal(draw_sentences, few, {"test": 8000}, 0, words=("test", "ask for fewer"))
    refusal(draw_sentences, WORDS, {"tests": 32}, 0, words=("'tests'", "'test'"))


def test_a_wrong_file_of_words_is_refused_in_one_line(tmp_path):
    path = tmp_path / "words.yaml"
    path.write_text("determiners: {the: {german: [der, die], endings: [e, e, e]}}\n")
    refusal(read_words, path, words=("words.yaml", "determiners.the.german"))

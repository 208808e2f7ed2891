"""The verdict on the task where answers are texts: the same content, in two languages."""

from dataclasses import dataclass

import pytest
import torch

from sametask.examples.sentences import read_words
from sametask.examples.sentences.drawing import draw_sentences
from sametask.statistics.variance import resamples
from sametask.verdict.task.curves import draw_choices
from sametask.verdict.task.evidence import placed, reach_answers
from sametask.verdict.task.learner import Learner, Seen
from sametask.verdict.task.trigrams import Trigrams

FIT, TEST = 64, 100
LIMIT = 0.55


@dataclass(frozen=True)
class Says:
    """Reads, in the place of scores, the numbers of texts."""

    said: list[str]

    def texts(self, numbers):
        return [self.said[number] for number in numbers]


@pytest.fixture(scope="module")
def sentences():
    words = read_words("resources/sentences.yaml")
    drawn = draw_sentences(words, {"fit": FIT, "test": TEST}, seed=0, longest=5)
    return words, [*drawn["fit"], *drawn["test"]]


def network(said):
    """A network that says these texts, by the trigrams of its answers."""
    numbers = torch.arange(FIT + TEST)
    counts = Trigrams.of(Says(said), numbers[:FIT])
    outputs = counts.seen(Seen(numbers[:FIT], numbers[FIT:]))
    nothing = Seen(torch.zeros(FIT, 1).double(), torch.zeros(TEST, 1).double())
    return Learner(nothing, nothing.fit, lambda rows: rows, nothing, outputs, False)


def share(source, target):
    """The task share of a source's answers for those of a target."""
    source, target = network(source), network(target)
    choices = draw_choices(FIT, None, 5, seed=0)
    reached = placed(
        reach_answers(source, target, None, choices), target, resamples(99, TEST, 0), 0.95
    )
    return max(found.estimate for found in reached.shares.values())


def test_two_languages_have_the_same_task(sentences):
    words, drawn = sentences
    english = [sentence.english(words) for sentence in drawn]
    german = [sentence.german(words) for sentence in drawn]
    assert share(english, german) > 0.8
    assert share(german, english) > 0.8


def test_half_of_what_is_said_is_another_task(sentences):
    words, drawn = sentences
    german = [sentence.german(words) for sentence in drawn]
    english = [sentence.english(words).split() for sentence in drawn]
    assert share([" ".join(text[:3]) for text in english], german) < LIMIT - 0.15
    assert share([" ".join(text[-2:]) for text in english], german) < LIMIT - 0.15


def test_a_letter_that_is_wrong_in_each_word_changes_little(sentences):
    """Networks that say the same may spell it in other ways."""
    words, drawn = sentences
    english = [sentence.english(words) for sentence in drawn]
    spelled = [text.replace("e", "é", 1).replace("i", "î", 1) for text in english]
    assert share(spelled, english) > 0.8
    assert share(english[::-1], english) == 0.0

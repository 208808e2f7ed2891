"""Words about populations of networks, and about what their weights reveal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sametask.populations.stored import StoredPopulation
from sametask.report.data.population import Studied, Told
from sametask.report.wording.numbers import listed, r2_text
from sametask.weights.scores import Score

# Where a figure is not known; and an equals sign at which no line breaks.
NONE, EQUALS = "–", "\u00a0=\u00a0"
# Shuffled answers are told by chance, up to so much of R² or F1.
LEAK = 0.05
# What a predictor learns, by the part of its name before the first hyphen.
LEARNERS = {
    "linear": "linear model",
    "trees": "boosted trees",
}
# What it sees, by the rest of its name.
SEEN = {
    "weights": "weights",
    "whole": "statistics of all weights",
    "layers": "statistics of each layer",
    "units": "statistics of each unit",
    "sorted": "statistics in no order of units",
}
PREDICTORS = {
    "perceptron": "perceptron on weights",
    "perceptron-shuffled": "perceptron on weights, units shuffled",
    "sets": "sets of hidden units",
    "probes": "outputs at learned probes",
    "probes-images": "outputs at probes from images",
    "attention-layers": "attention on layers",
    "attention-units": "attention on units",
    "attention-units-shuffled": "attention on units, units shuffled",
}
PROPERTIES = {"checkpoint": "epoch, as a class", "share": "share of the images"}
# The number of the weights that a network begins with, which networks of other tasks share.
START = "start"
STATISTICS = {
    "mean": "mean",
    "variance": "variance",
    "p0": "smallest (p0)",
    "p25": "lower quartile (p25)",
    "p50": "median (p50)",
    "p75": "upper quartile (p75)",
    "p100": "largest (p100)",
}
SPACES = {
    "weights": "weights",
    "whole": "seven statistics of all weights",
    "layers": "seven statistics of each layer",
    "units": "seven statistics of each unit",
}


def predictor_words(name: str) -> str:
    """Return what a predictor learns, and what it sees; a name that is not known stays as it is."""
    learner, _, seen = name.partition("-")
    if name not in PREDICTORS and learner in LEARNERS and seen in SEEN:
        return f"{LEARNERS[learner]} on {SEEN[seen]}"
    return PREDICTORS.get(name, name)


def property_words(name: str) -> str:
    """Return a property as it stands in a sentence."""
    return PROPERTIES.get(name, name.replace("_", " ").replace("-", " "))


def heading(words: str) -> str:
    """Return words with a capital letter at their beginning."""
    return words[:1].upper() + words[1:]


def _three(value: float) -> str:
    """Return a figure with three digits; what rounds to 0 has no sign."""
    return r2_text(value).replace("−0.000", "0.000")


def score_text(score: Score | None) -> str:
    """Return an R² or F1 with the ends of its 95 % interval; a dash where it is not known."""
    if score is None or not math.isfinite(score.estimate):
        return NONE
    return f"{_three(score.estimate)} [{_three(score.low)},\u00a0{_three(score.high)}]"


def difference_text(score: Score) -> str:
    """Return a difference of scores with its interval: it may be larger than 1, unlike a score."""
    low, middle, high = (
        f"{value:.3f}".replace("-", "−").replace("−0.000", "0.000")
        for value in (score.low, score.estimate, score.high)
    )
    return f"{middle} [{low},\u00a0{high}]"


def figure_text(value: float | None) -> str:
    """Return an R², a correlation or F1 with three digits; a dash where it is not known."""
    return NONE if value is None or not math.isfinite(value) else _three(value)


def minus(value: float) -> str:
    """Return a number with the sign of typography."""
    return f"{value:g}".replace("-", "−")


def reported_text(value: float | None) -> str:
    """Return a figure of a source with the two or three digits that it has; a dash for none."""
    if value is None:
        return NONE
    digits = 2 if round(value, 2) == value else 3
    return f"{value:.{digits}f}".replace("-", "−")


def varied_words(population: StoredPopulation) -> str:
    """Return in what networks differ, with how many values there are of each class."""
    kinds = {name: len(some) for name, some in population.classes.items() if len(some) > 1}
    differ = [f"{property_words(name)} ({count})" for name, count in kinds.items()]
    numbers = [name for name in population.numbers if name != START]
    differ += [
        property_words(name) for name in numbers if np.ptp(population.store[f"numbers/{name}"]) > 0
    ]
    return listed([*differ, "initial weights"])


def answer_sentences(studied: Studied) -> list[str]:
    """Return the answers that the page begins with, one for each property that is told."""
    sentences = []
    for name in studied.properties:
        best = studied.best(name)
        if best:
            told = studied.source.told.get(name, {}) if studied.source else {}
            beside = (
                f"; the source reports {reported_text(max(told.values()))} at best" if told else ""
            )
            of = _answer_classes if best.classes else _answer_number
            sentences.append(of(best, beside) + _without_images(studied, name))
    return sentences or ["Nothing was told of these networks yet."]


def _answer_number(best: Told, beside: str) -> str:
    answer = (
        f"The {property_words(best.name)} of networks that were never seen is told from their "
        f"weights with R²{EQUALS}{score_text(best.score)}, by {predictor_words(best.predictor)}"
        f"{beside}."
    )
    if best.within is None:
        return answer
    return f"{answer} Among networks of the same epoch, R²{EQUALS}{score_text(best.within)}."


def _without_images(studied: Studied, name: str) -> str:
    """Return what is told without knowledge of the networks' images, if the best has some."""
    other = studied.best_without_images(name)
    if other is None:
        return ""
    measure = "F1" if other.classes else "R²"
    return (
        " This begins at images that the networks learned; without any, "
        f"{measure}{EQUALS}{score_text(other.score)}, by {predictor_words(other.predictor)}."
    )


def _answer_classes(best: Told, beside: str) -> str:
    return (
        f"The {property_words(best.name)}, one of {len(best.classes)}, is told with "
        f"F1{EQUALS}{score_text(best.score)}, by {predictor_words(best.predictor)}"
        f"{beside}. At the last epoch, "
        f"F1{EQUALS}{score_text(best.last)}."
    )


def chosen_sentence(best: Told) -> str:
    """Return which predictor stands for a property, and how it was chosen."""
    return (
        f"Best on the networks that are kept to choose by: {predictor_words(best.predictor)}. Its "
        "figures stand at the top of the page, and figures of one predictor are of it."
    )


def guard_sentences(guards: Sequence[Told]) -> list[str]:
    """Return what became of shuffled answers, for everything that tried to tell them."""
    return [_guard_sentence(guard) for guard in guards]


def _guard_sentence(guard: Told) -> str:
    measure, chance = ("F1", 1 / len(guard.classes)) if guard.classes else ("R²", 0.0)
    figure = f"On shuffled answers, {predictor_words(guard.predictor)} has "
    figure += f"{measure}{EQUALS}{score_text(guard.score)}; chance has about {figure_text(chance)}"
    if guard.score.estimate - chance < -LEAK:
        return f"{figure}: it has learned by heart what says nothing of others. Nothing leaks."
    if guard.score.estimate - chance < LEAK:
        return f"{figure}: nothing of the held-out networks leaks into what is learned."
    return f"{figure}: this should not be. Something of the held-out networks may leak."


def limit_sentences(limit: Mapping[str, Any] | None) -> list[str]:
    """Return how well initialisers can be told at all before the training, if it was computed."""
    if limit is None:
        return []
    stored, simulated = (Score(**limit[kind]["f1"]) for kind in ("stored", "simulated"))
    return [
        "Before the training, weights are draws from known distributions: the most likely one has "
        f"F1{EQUALS}{score_text(stored)} on the held-out networks and "
        f"F1{EQUALS}{score_text(simulated)} on fresh ones. On average no predictor can do better "
        "there."
    ]

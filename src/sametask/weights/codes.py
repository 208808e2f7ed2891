"""Accuracy, told from the codes of weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import nn

from sametask.populations.stored import StoredPopulation
from sametask.weights.fitting import Plan
from sametask.weights.learning import Training
from sametask.weights.models import Standardised, perceptron
from sametask.weights.predictors import Predictor
from sametask.weights.questions import Networks, Question
from sametask.weights.rows import Lesson
from sametask.weights.tabular import as_seen, linear, tabular
from sametask.weights.told import Told, tell


def _network(lesson: Lesson) -> nn.Module:
    inputs = lesson.learn.inputs
    return nn.Sequential(Standardised(inputs), perceptron([inputs.shape[1], 128, 128, 1], 0.1))


# Least squares, and a network of three layers, as in the source.
WAYS = {
    "linear": Predictor("codes", partial(tabular, linear, as_seen)),
    "network": Predictor("codes", Training(_network, Plan(steps=1200, batch=1024))),
}


@dataclass(frozen=True)
class FromCodes:
    """Accuracies told from codes: ``told`` by autoencoder and way, and the autoencoder ``chosen``.

    It is the one whose network tells best what the networks to choose by have.
    """

    told: Mapping[str, Mapping[str, Told]]
    chosen: str


def tell_accuracy(
    codes: Mapping[str, np.ndarray],
    accuracy: Question,
    population: StoredPopulation,
    networks: Networks,
    steps: int | None,
    seed: int,
) -> FromCodes:
    """Tell the accuracy of held-out networks from codes (n, E, c) of each autoencoder."""
    told = {
        name: {
            way: tell(code, accuracy, population, networks, predictor.within(steps), None, seed)
            for way, predictor in WAYS.items()
        }
        for name, code in codes.items()
    }
    chosen = max(told, key=lambda name: told[name]["network"].scores["chosen_by"])
    return FromCodes(told, chosen)

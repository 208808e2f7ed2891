"""What a predictor tells of networks that it has not seen, and how right it is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sametask.populations.stored import StoredPopulation
from sametask.weights import scores
from sametask.weights.predictors import Learned, Predictor
from sametask.weights.questions import Networks, Question
from sametask.weights.rows import flips_of, lesson, placed, rows_of


@dataclass(frozen=True)
class Told:
    """Answers on the networks to test on, and their scores.

    ``predicted`` (n, E): numbers, or places of classes; ``by_checkpoint`` (E,): R² or F1. Among the
    scores is ``chosen_by``: R² or F1 on the networks to choose by, which says what is best without
    a look at the others.
    """

    predicted: np.ndarray
    by_checkpoint: np.ndarray
    scores: dict[str, Any]
    learned: Learned


def _numbers_judged(
    predicted: np.ndarray, question: Question, test: np.ndarray, seed: int
) -> tuple:
    wanted, counted = question.values[test], question.counted[test]
    given = predicted, wanted, counted
    figures = {
        "r2": scores.explained(*given, seed).plain(),
        "r2_within": scores.explained_within(*given, seed).plain(),
        "tau": scores.rank_correlation(*given),
    }
    return figures, scores.explained_by_checkpoint(*given)


def _classes_judged(
    predicted: np.ndarray, question: Question, test: np.ndarray, seed: int
) -> tuple:
    wanted, counted, classes = question.values[test], question.counted[test], len(question.classes)

    def counts(taken: np.ndarray) -> np.ndarray:
        return scores.confusion(predicted, wanted, taken, classes)

    ends = [counted & (np.arange(counted.shape[1]) == place) for place in range(counted.shape[1])]
    whole = counts(counted)
    figures = {
        "f1": scores.macro_f1(whole, seed).plain(),
        "f1_last": scores.macro_f1(counts(ends[-1]), seed).plain(),
        "confusion": whole.sum(axis=0).astype(int).tolist(),
    }
    each = [scores.macro_f1(counts(end), seed).estimate for end in ends]
    return figures, np.array(each)


def tell(
    inputs: np.ndarray,
    question: Question,
    population: StoredPopulation,
    networks: Networks,
    predictor: Predictor,
    images: torch.Tensor | None,
    seed: int,
) -> Told:
    """Learn a property from some networks, and tell it of others.

    ``inputs`` (n, E, q) are what the predictor sees of every checkpoint. Checkpoints without
    weights are answered with 0 and not judged.
    """
    begun = time.perf_counter()
    known = lesson(inputs, question, population, networks, images)
    learned = predictor.learn(known, seed)
    learned.facts["seconds"] = time.perf_counter() - begun
    flips, there = flips_of(population), population.present

    def answered(some: np.ndarray) -> np.ndarray:
        answers = learned.answers(rows_of(inputs, question, flips, some, there).inputs).double()
        choice = answers.argmax(dim=1) if question.classes else answers[:, 0]
        return placed(choice.numpy(), there[some])

    predicted, chosen_by = answered(networks.test), answered(networks.choose)
    judged = _classes_judged if question.classes else _numbers_judged
    figures, by_checkpoint = judged(predicted, question, networks.test, seed)
    kept, _ = judged(chosen_by, question, networks.choose, seed)
    figures["chosen_by"] = kept["f1" if question.classes else "r2"]["estimate"]
    return Told(predicted, by_checkpoint, figures, learned)

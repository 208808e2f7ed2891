"""What a network answers: the probabilities of classes, or its outputs where there are none.

Scores of classes grow with training long after the answers have settled, and the probabilities of a
class that merges others is a sum of theirs, while its score is no linear function of their scores.
"""

from __future__ import annotations

import torch
from torch import Tensor

from sametask.base.classes import is_probability
from sametask.verdict.task.learner import Seen

# Outputs that are not negative and add up to 1 this exactly are probabilities already.
ROUND_OFF = 1e-3
# What a network puts out: numbers that are its answers as they are, scores of classes, or a single
# probability.
VALUES, SCORES, PROBABILITY = "values", "scores", "probability"


def kind_of(outputs: Tensor, classifies: bool) -> str:
    """Return what the outputs (n, o) of a network are: its answers, or scores of classes."""
    if not classifies:
        return VALUES
    if outputs.shape[1] == 1:
        return PROBABILITY if is_probability(outputs.numpy()) else SCORES
    sums = outputs.sum(dim=1)
    adding = torch.allclose(sums, torch.ones_like(sums), atol=ROUND_OFF)
    return VALUES if adding and bool((outputs >= 0).all()) else SCORES


def answers(outputs: Tensor, kind: str) -> Tensor:
    """Return outputs (…, o) in double precision, or the probabilities of classes (…, k).

    A single output is the score, or logit, of class 1 against class 0, or its probability.
    """
    outputs = outputs.to(torch.float64)
    if kind == VALUES:
        return outputs
    if kind == PROBABILITY:
        return torch.cat([1 - outputs, outputs], dim=-1)
    single = outputs.shape[-1] == 1
    scores = torch.cat([torch.zeros_like(outputs), outputs], dim=-1) if single else outputs
    return scores.softmax(dim=-1)


def answered(outputs: Seen, classifies: bool) -> Seen:
    """Return the answers of a network at the fit and at the held-out samples."""
    fit, test = (values.flatten(1) for values in (outputs.fit, outputs.test))
    kind = kind_of(fit, classifies)
    return Seen(answers(fit, kind), answers(test, kind))

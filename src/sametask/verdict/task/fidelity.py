"""How faithfully a stitched network gives the target's own answers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.statistics.agreement import kappa
from sametask.verdict.task.learner import Learner

# Errors of outputs that are not finite, or overflow: infinity times a count of zero is no number.
LARGEST_ERROR = 1e150
# Outputs between 0 and 1 that add up to 1 this exactly are probabilities already.
ROUND_OFF = 1e-3
# What a target puts out, see ``Fidelity``.
VALUES, SCORES, PROBABILITIES = "values", "scores", "probabilities"


@dataclass(frozen=True)
class Fidelity:
    """The ``own`` answers (n, o) of a target at the held-out samples, and comparisons with them.

    Answers are the probabilities of classes if the target puts out ``scores`` of classes, or
    ``probabilities``; else they are its outputs, ``values``. Readers are shown the ``agreement``.
    Shares rest on R² of the answers, which is finer: few held-out samples change their class, and
    all of them change their probabilities. Scores of classes themselves grow with training, long
    after the answers have settled.
    """

    own: Tensor
    kind: str

    @classmethod
    def of(cls, target: Learner) -> Fidelity:
        """Take a target's own answers."""
        outputs = target.outputs.test.flatten(1)
        kind = _kind(outputs) if target.classifies else VALUES
        return cls(_answers(outputs, kind), kind)

    @property
    def classifies(self) -> bool:
        """Whether the target tells classes apart."""
        return self.kind != VALUES

    def answers(self, outputs: Tensor) -> Tensor:
        """Return the answers (c, n, o) of outputs (c, n, …) that were made in c ways."""
        return _answers(outputs.flatten(2), self.kind)

    def errors(self, answers: Tensor) -> Tensor:
        """Return ‖p − p_target‖² (c, n) of answers (c, n, o)."""
        missed = (answers - self.own).square().sum(dim=-1)
        return missed.nan_to_num(LARGEST_ERROR).clamp_max(LARGEST_ERROR)

    def r2(self, errors: Tensor, counts: Tensor) -> Tensor:
        """Return R² (c, s) = 1 − Σ error / Σ ‖p_target − mean‖² of ``errors`` (c, n), at least 0.

        Worse than the mean is no evidence either. ``counts`` (s, n) is how often each sample
        counts. Of a target that always puts out the same, R² is 0.
        """
        counts = counts.to(torch.float64)
        total = counts.sum(dim=1)
        mean = counts @ self.own / total[:, None]
        spread = counts @ self.own.square().sum(dim=1) - total * mean.square().sum(dim=1)
        return (1 - (errors @ counts.mT) / spread.clamp_min(1e-300)).clamp_min(0.0)

    def agreement(self, answers: Tensor) -> Tensor:
        """Return Cohen's κ (c,) of answers (c, n, o) with the target's classes.

        R² if the target does not classify. Answers that are not finite are one more class.
        """
        once = torch.ones(1, len(self.own), dtype=torch.float64)
        if not self.classifies:
            return self.r2(self.errors(answers), once)[:, 0]
        own = self.own.argmax(dim=1)
        finite = answers.isfinite().all(dim=-1)
        classes = torch.where(finite, answers.nan_to_num().argmax(dim=-1), own.max() + 1)
        return kappa(classes, own, once)[:, 0]


def _kind(outputs: Tensor) -> str:
    """Return what the outputs (n, o) of a target that classifies are: scores, or probabilities."""
    sums = outputs.sum(dim=1)
    shares = (outputs >= 0).all() and torch.allclose(sums, torch.ones_like(sums), atol=ROUND_OFF)
    return PROBABILITIES if outputs.shape[1] > 1 and shares else SCORES


def _answers(outputs: Tensor, kind: str) -> Tensor:
    """Return outputs (…, o) in double precision, or the probabilities of classes (…, k).

    A single output is the score, or logit, of class 1 against class 0.
    """
    outputs = outputs.to(torch.float64)
    if kind != SCORES:
        return outputs
    single = outputs.shape[-1] == 1
    scores = torch.cat([torch.zeros_like(outputs), outputs], dim=-1) if single else outputs
    return scores.softmax(dim=-1)

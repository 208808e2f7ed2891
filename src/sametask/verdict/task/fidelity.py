"""How faithfully a stitched network gives the target's own answers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.classes import chosen_classes
from sametask.statistics.agreement import kappa
from sametask.verdict.task.learner import Learner

# Errors of outputs that are not finite, or overflow: infinity times a count of zero is no number.
LARGEST_ERROR = 1e150


@dataclass(frozen=True)
class Fidelity:
    """The ``own`` answers (n, o) of a target at the held-out samples, and comparisons with them.

    Answers are probabilities of classes if the target ``classifies``, else its outputs. Readers are
    shown the ``agreement``. Shares rest on R² of the answers, which is finer: few held-out samples
    change their class, and all of them change their probabilities. Scores of classes themselves
    grow with training, long after the answers have settled.
    """

    own: Tensor
    classifies: bool

    @classmethod
    def of(cls, target: Learner) -> Fidelity:
        """Take a target's own answers."""
        return cls(_answers(target.outputs.test, target.classifies), target.classifies)

    def errors(self, outputs: Tensor) -> Tensor:
        """Return the squared error ‖p − p_target‖² (n,) of the answers of outputs (n, …)."""
        missed = (_answers(outputs, self.classifies) - self.own).square().sum(dim=1)
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

    def agreement(self, outputs: Tensor) -> float:
        """Return Cohen's κ with the target's classes; R² if the target does not classify.

        Outputs that are not finite count as one more class.
        """
        once = torch.ones(1, len(self.own), dtype=torch.float64)
        if not self.classifies:
            return float(self.r2(self.errors(outputs)[None], once))
        given, own = _answers(outputs, True), _classes(self.own)
        finite = given.isfinite().all(dim=1)
        classes = torch.where(finite, _classes(given.nan_to_num()), own.max() + 1)
        return float(kappa(classes[None], own, once))


def _answers(outputs: Tensor, classifies: bool) -> Tensor:
    """Return outputs (n, o) in double precision, or the probabilities of classes (n, c).

    A single output is the logit of class 1 against class 0.
    """
    flat = outputs.reshape(len(outputs), -1).to(torch.float64)
    if not classifies:
        return flat
    logits = flat if flat.shape[1] > 1 else torch.cat([torch.zeros_like(flat), flat], dim=1)
    return logits.softmax(dim=1)


def _classes(probabilities: Tensor) -> Tensor:
    return torch.from_numpy(chosen_classes(probabilities.numpy()))

"""How faithfully a stitched network gives the target's own answers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.statistics.agreement import kappa
from sametask.statistics.variance import is_constant
from sametask.verdict.task.answers import answers, kind_of
from sametask.verdict.task.learner import Learner

# Errors of outputs that are not finite, or overflow: infinity times a count of zero is no number.
LARGEST_ERROR = 1e150


@dataclass(frozen=True)
class Fidelity:
    """The ``own`` answers (n, o) of a target at the held-out samples, and comparisons with them.

    ``kind`` is what its outputs are, see ``answers``. Readers are shown the ``agreement``. Shares
    rest on R² of the answers, which is finer: few held-out samples change their class, and all of
    them change their probabilities.
    """

    own: Tensor
    kind: str
    classifies: bool

    @classmethod
    def of(cls, target: Learner) -> Fidelity:
        """Take a target's own answers."""
        outputs = target.outputs.test.flatten(1)
        kind = kind_of(outputs, target.classifies)
        return cls(answers(outputs, kind), kind, target.classifies)

    def answers(self, outputs: Tensor) -> Tensor:
        """Return the answers (c, n, o) of outputs (c, n, …) that were made in c ways."""
        return answers(outputs.flatten(2), self.kind)

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
        found = (1 - (errors @ counts.mT) / spread.clamp_min(1e-300)).clamp_min(0.0)
        # Round-off is no variance, and a map that brings nothing across gives a constant exactly.
        varies = (spread > 0) & (not is_constant(self.own))
        return torch.where(varies, found, 0.0)

    def agreement(self, answers: Tensor) -> Tensor:
        """Return Cohen's κ (c,) of answers (c, n, o) with the target's classes.

        R² if the target does not classify. Answers that are not finite are one more class.
        """
        once = torch.ones(1, len(self.own), dtype=torch.float64)
        if not self.classifies:
            return self.r2(self.errors(answers), once)[:, 0]
        own = self.own.argmax(dim=1)
        # 0 · ∞ and 0 · NaN are NaN: a sum is faster than looking at every answer.
        finite = (answers * 0).sum(dim=-1) == 0
        classes = torch.where(finite, answers.nan_to_num().argmax(dim=-1), own.max() + 1)
        return kappa(classes, own, once)[:, 0]

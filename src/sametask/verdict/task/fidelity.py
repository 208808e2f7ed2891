"""How faithfully a stitched network gives the target's own answers."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sametask.base.classes import chosen_classes
from sametask.statistics.agreement import kappa
from sametask.verdict.task.learner import Learner


@dataclass(frozen=True)
class Fidelity:
    """The answers of a target network at the held-out samples, and how others compare with them.

    ``own`` are its classes (n,) if it classifies, else its outputs (n, o).
    """

    own: Tensor
    classifies: bool

    @classmethod
    def of(cls, target: Learner) -> Fidelity:
        """Take a target's own answers."""
        own = target.outputs.test
        return cls(_classes(own) if target.classifies else own, target.classifies)

    def compare(self, outputs: Tensor) -> Tensor:
        """Return what the outputs (n, …) of a stitched network say of each sample (n,).

        The class if the target classifies, with one more class for outputs that are not finite;
        else the squared error Σ (o − o_target)².
        """
        flat = outputs.reshape(len(outputs), -1).to(torch.float64)
        if not self.classifies:
            return (flat - self.own).square().sum(dim=1).nan_to_num(torch.inf, torch.inf)
        finite = flat.isfinite().all(dim=1)
        return torch.where(finite, _classes(flat.nan_to_num()), int(self.own.max()) + 1)

    def measure(self, compared: Tensor, counts: Tensor) -> Tensor:
        """Return the fidelity (c, s) of stitched networks, ``compared`` (c, n), over resamples.

        Cohen's κ with the target's own classes; else R² = 1 − Σ error / Σ ‖o_target − mean‖², at
        least 0: worse than the mean is no evidence either. ``counts`` (s, n) is how often each
        sample counts.
        """
        counts = counts.to(torch.float64)
        if self.classifies:
            return kappa(compared, self.own, counts)
        total = counts.sum(dim=1, keepdim=True)
        mean = counts @ self.own / total
        spread = counts @ self.own.square().sum(dim=1) - total[:, 0] * mean.square().sum(dim=1)
        # Infinity times a count of zero would be no number.
        missed = compared.clamp_max(1e150) @ counts.mT
        return (1 - missed / spread.clamp_min(1e-300)).clamp_min(0.0)


def _classes(outputs: Tensor) -> Tensor:
    return torch.from_numpy(chosen_classes(outputs.numpy()))

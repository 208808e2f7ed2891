"""The students of a study: each arm has another prior, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed
from sametask.config.sections.distillation_section import Distillation
from sametask.neurons.distillation.bayesian import Posterior, Prior, fitted
from sametask.neurons.distillation.gaussians import Gaussian
from sametask.neurons.distillation.perceptrons import Shape, fitted_at
from sametask.neurons.distillation.rows import Answered

# Whether the prior has the transformed mean, else 0, and the transformed covariance, else I. The
# scale c of the covariance and the temperature T are chosen on validation rows.
PRIORS = {
    "transformed": (True, True),
    "mean": (True, False),
    "covariance": (False, True),
    "isotropic": (False, False),
}
# Without a prior; whether the student begins with the transformed mean, else with random weights.
# How many steps it learns is chosen on validation rows.
PLAIN = {"pruned": True, "plain": False}
# Arms in which nothing is chosen, c = T = 1, and the one that has the same prior.
FIXED = {"transformed-1": "transformed", "isotropic-1": "isotropic"}
ARMS = (*PRIORS, *PLAIN, *FIXED)


@dataclass(frozen=True)
class Candidates:
    """C students for each of S seeds, those of a seed one after another, and what differs."""

    posterior: Posterior
    choices: list[list[float]]

    def of(self, best: np.ndarray) -> Posterior:
        """Return the candidate ``best`` (S,) of every seed."""
        places = torch.arange(len(best)) * len(self.choices) + torch.from_numpy(best)
        return Posterior(self.posterior.mean[places], self.posterior.spread[places])


@dataclass(frozen=True)
class Students:
    """What students of all arms have in common: S priors, S random starts (S, P), settings."""

    shape: Shape
    priors: Sequence[Gaussian]
    random: Tensor
    asked: Distillation
    seed: int

    @property
    def mean(self) -> Tensor:
        """The transformed means (S, P)."""
        return torch.from_numpy(np.stack([prior.mean for prior in self.priors])).float()

    def candidates(self, arm: str, lessons: Answered) -> Candidates:
        """Return the students of an arm, taught by the teachers' answers to a few rows."""
        if arm in PLAIN:
            return self._without_prior(PLAIN[arm], lessons)
        return self._with_prior(*PRIORS[FIXED.get(arm, arm)], arm in FIXED, lessons)

    def _with_prior(
        self, with_mean: bool, with_covariance: bool, fixed: bool, lessons: Answered
    ) -> Candidates:
        asked, seeds = self.asked, len(self.priors)
        pairs = [(1.0, 1.0)] if fixed else list(product(asked.scales, asked.temperatures))
        scale, temperature = torch.tensor(pairs).repeat(seeds, 1).T
        means = self.mean if with_mean else torch.zeros_like(self.random)
        precision = torch.eye(self.shape.size).expand(seeds, -1, -1)
        if with_covariance:
            precision = torch.from_numpy(np.stack([one.precision for one in self.priors])).float()
        start = self.mean if with_mean else self.random
        repeated = [some.repeat_interleave(len(pairs), dim=0) for some in (start, means)]
        posterior = fitted(
            repeated[0],
            self.shape,
            Prior(repeated[1], precision, scale),
            temperature,
            lessons.repeated(len(pairs)),
            asked.steps,
            asked.learning_rate,
            torch.Generator().manual_seed(derived_seed(self.seed, "students")),
        )
        return Candidates(posterior, [list(pair) for pair in pairs])

    def _without_prior(self, pruned: bool, lessons: Answered) -> Candidates:
        asked = self.asked
        count = len(asked.scales) * len(asked.temperatures)
        steps = np.unique(np.geomspace(5, asked.steps, count).round().astype(int)).tolist()
        start = self.mean if pruned else self.random
        rate = asked.learning_rate
        weights = torch.stack(fitted_at(start, self.shape, lessons, 0.0, steps, rate), dim=1)
        mean = weights.flatten(0, 1)
        return Candidates(Posterior(mean, torch.zeros_like(mean)), [[one] for one in steps])


def best(scores: np.ndarray) -> np.ndarray:
    """Return the candidate (S,) with the lowest score of (S, C); ``DataError`` if none has one."""
    known = np.where(np.isfinite(scores), scores, np.inf)
    if not np.isfinite(known.min(axis=1)).all():
        raise DataError("all students of a seed diverged: lower neurons.distillation.learning_rate")
    return known.argmin(axis=1)

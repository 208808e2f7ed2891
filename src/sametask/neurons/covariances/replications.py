"""Data sets of a linear dependence that are drawn anew, and estimates on each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from sametask.base.randomness import derived_seed, generator
from sametask.config.sections.covariances_section import Covariances
from sametask.config.sections.ensemble_data_sections import LinearGaussian
from sametask.networks.nonlinearities import nonlinearity
from sametask.neurons.covariances.estimators import OF_NETWORK, shrinkage_of
from sametask.neurons.covariances.network import Network
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.neurons.covariances.resampled import resampled
from sametask.neurons.data.linear import linear_gaussian
from sametask.populations.layout import biased_layers


def with_ones(inputs: np.ndarray) -> np.ndarray:
    """Return inputs (…, n, d) beside a column of ones for the bias."""
    return np.concatenate([inputs, np.ones_like(inputs[..., :1])], axis=-1)


def least_squares(inputs: np.ndarray, wanted: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the optimum (N, d + 1) of rows (n, d) that occur so many times (N, n), exactly."""
    design = with_ones(inputs)
    products = design[:, :, None] * np.concatenate([design, wanted], axis=1)[:, None]
    sums = (counts @ products.reshape(len(design), -1)).reshape(-1, *products.shape[1:])
    return np.linalg.solve(sums[..., :-1], sums[..., -1:])[..., 0]


def resampled_counts(rows: int, runs: int, random: np.random.Generator) -> np.ndarray:
    """Return how often each row occurs (N, n) among n that are drawn with replacement."""
    drawn = random.integers(rows, size=(runs, rows)) + rows * np.arange(runs)[:, None]
    return np.bincount(drawn.ravel(), minlength=runs * rows).reshape(runs, rows).astype(float)


@dataclass(frozen=True)
class Replications:
    """Data sets: ``inputs`` (r, n, d), what is ``wanted`` (r, n, 1), and a seed for the rest."""

    inputs: np.ndarray
    wanted: np.ndarray
    seed: int

    @classmethod
    def drawn(cls, data: LinearGaussian, seed: int, rows: int, numbers: range) -> Replications:
        """Draw data sets by their numbers, from 1 on; 0 is the one that networks learn."""
        drawn = [linear_gaussian(data, seed, rows, number) for number in numbers]
        inputs, wanted = (np.stack(every) for every in zip(*drawn, strict=True))
        return cls(inputs, wanted, derived_seed(seed, f"replications from {numbers.start}"))

    def runs(self, count: int) -> Iterator[np.ndarray]:
        """Yield for each data set the optimum (N, d + 1) of ``count`` bootstrap samples."""
        for place, rows in enumerate(zip(self.inputs, self.wanted, strict=True)):
            random = generator(self.seed, "bootstrap", place)
            yield least_squares(*rows, resampled_counts(len(rows[0]), count, random))

    def bootstrap(self, names: list[str], count: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return means (r, d + 1) and covariances by the bootstrap estimators of these names."""
        moments: dict[str, list] = {name: [] for name in names}
        for runs in self.runs(count):
            for name, found in moments.items():
                found.append(resampled(runs[:, None], shrinkage_of(name)))
        return {
            name: (
                np.concatenate([one.mean for one in found]),
                np.concatenate([one.covariance for one in found]),
            )
            for name, found in moments.items()
        }

    def network(self, settings: Covariances) -> Network:
        """Return the optimum of one bootstrap sample of each: where an ensemble's network is."""
        start = torch.from_numpy(np.concatenate(list(self.runs(1))))
        sample = Sample(torch.from_numpy(self.inputs), torch.from_numpy(self.wanted))
        layers = biased_layers([self.inputs.shape[2], 1])
        objective = Objective(layers, nonlinearity("identity"), classified=False)
        return Network(objective, start, sample, 1, settings, self.seed)

    def estimated(
        self, names: list[str], runs: int, settings: Covariances
    ) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Return means (r, d + 1) and covariances (r, d + 1, d + 1) by estimator."""
        network = self.network(settings)
        found = self.bootstrap([name for name in names if name not in OF_NETWORK], runs)
        for name in names:
            if name in OF_NETWORK:
                one = OF_NETWORK[name](network)
                found[name] = (one.mean[:, 0].numpy(), one.covariance[:, 0].numpy())
        return found

"""All estimators of the mean and covariance of neurons, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sametask.base.errors import ConfigError, nearest
from sametask.base.randomness import derived_seed
from sametask.config.sections.covariances_section import ESTIMATORS
from sametask.config.sections.ensemble_section import Ensemble
from sametask.neurons.covariances.bayes import Evidence, fit
from sametask.neurons.covariances.laplace import laplace
from sametask.neurons.covariances.network import SPLIT, Network
from sametask.neurons.covariances.objective import Sample
from sametask.neurons.covariances.resampled import resampled
from sametask.neurons.covariances.sandwich import batch_means, sandwich
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.moments import Moments

# Weights of all points on the way at which curvature is measured: it bounds the number of chains.
MET_WEIGHTS = 20_000


@dataclass(frozen=True)
class Estimates:
    """Mean (r, K, d) and covariance (r, K, d, d) of neurons on each of r data sets.

    ``facts`` are of the first data set.
    """

    mean: Tensor
    covariance: Tensor
    facts: dict[str, Any]


def _together(network: Network, found: Iterator[tuple[Tensor, dict[str, Any]]]) -> Estimates:
    """Return covariances (K, d, d) of each data set, around the average of the descent."""
    blocks, facts = zip(*found, strict=True)
    return Estimates(network.path.mean[:, network.places], torch.stack(blocks), facts[0])


def sandwich_offline(network: Network) -> Estimates:
    """A⁻¹SA⁻¹/n with A and S at the optimum, over the rows (algorithm 2 of the source)."""
    return _together(
        network,
        (
            _for_rows(network, weights[None], network.measured.one(place))
            for place, weights in enumerate(network.path.mean)
        ),
    )


def sandwich_online(network: Network) -> Estimates:
    """A⁻¹SA⁻¹/n with A and S of rows met on the way, at the running average (algorithm 3)."""
    path, sample = network.path, network.sample
    chains = max(MET_WEIGHTS // path.met[:, 0, 0].numel(), 1)

    def of(place: int) -> tuple[Tensor, dict[str, Any]]:
        points, rows = (every[:, place, :chains].flatten(0, 1) for every in (path.met, path.rows))
        met = sample.chosen(torch.full((len(rows),), place), rows)
        return _for_rows(network, points, met)

    return _together(network, (of(place) for place in range(len(network.start))))


def _for_rows(network: Network, points: Tensor, met: Sample) -> tuple[Tensor, dict[str, Any]]:
    """Return the covariance (K, d, d) of weights that are trained on as many rows as there are."""
    blocks, facts = sandwich(
        network.objective, points, met, network.groups, network.settings.damping
    )
    return blocks / len(network.sample), facts | {"rows": met.inputs[..., 0].numel()}


def sandwich_batch_means(network: Network) -> Estimates:
    """A⁻¹SA⁻¹/n from the iterates of the descent only."""
    path, batch = network.path, network.settings.descent.batch
    found = batch_means(path, network.places, batch) / len(network.sample)
    facts = {"runs": float(path.batches.shape[0] * path.batches.shape[2])}
    return Estimates(path.mean[:, network.places], found, facts)


def laplace_at_optimum(network: Network) -> Estimates:
    """The inverse of the Gauss–Newton matrix of all rows and the prior's precision."""
    variance, rows = network.settings.prior_variance, len(network.sample)
    return _together(
        network,
        (
            laplace(
                network.objective,
                weights[None],
                network.measured.one(place),
                network.groups,
                variance,
                rows,
            )
            for place, weights in enumerate(network.path.mean)
        ),
    )


def bayes(form: str) -> Callable[[Network], Estimates]:
    """Return the estimator by a Bayesian network whose neurons have covariances of this form."""

    def estimated(network: Network) -> Estimates:
        start, sample, asked = network.path.mean, network.sample, network.settings
        noise = network.objective.noise(start, sample)
        evidence = Evidence(network.objective, noise, asked.prior_variance, len(sample))
        seed = derived_seed(network.seed, f"bayes {form}")
        found = fit(evidence, start, sample, network.layer, form, asked.bayes, seed)
        facts = {"bound": found.bound.tolist(), "noise": float(noise[0])}
        return Estimates(found.mean, found.covariance, facts)

    return estimated


# Those that need one network and its rows. The bootstrap needs the ensemble.
OF_NETWORK: dict[str, Callable[[Network], Estimates]] = {
    "sandwich-offline": sandwich_offline,
    "sandwich-online": sandwich_online,
    "sandwich-batch-means": sandwich_batch_means,
    "laplace": laplace_at_optimum,
    **{f"bayes-{form}": bayes(form) for form in ("full", "diagonal", "low-rank", "block-diagonal")},
}


def shrinkage_of(name: str) -> str:
    """Return the shrinkage that the name of a bootstrap estimator asks for."""
    return name.removeprefix("bootstrap").removeprefix("-") or "none"


def estimate(name: str, members: Members, rows: Rows, asked: Ensemble) -> Moments:
    """Return the moments of the neurons of the studied layer, of the first split.

    Raises ``ConfigError`` if there is no such estimator, ``DataError`` if the networks or
    rows do not allow for it.
    """
    if name not in ESTIMATORS:
        raise ConfigError(f"no estimator {name!r}; {nearest(name, ESTIMATORS)}")
    layer = asked.neurons.layer
    if name in OF_NETWORK:
        decay, seed = asked.training.weight_decay, asked.neurons.seed
        settings = asked.neurons.covariances
        network = Network.first(members, rows, layer, settings, seed, decay)
        found = OF_NETWORK[name](network)
        return Moments(found.mean[0].numpy(), found.covariance[0].numpy(), found.facts)
    present = members.neurons(layer)[SPLIT][members.present[SPLIT]]
    moments = resampled(present, shrinkage_of(name), members.factor)
    left_out = int((~members.present[SPLIT]).sum())
    return Moments(moments.mean, moments.covariance, moments.facts | {"left_out": left_out})

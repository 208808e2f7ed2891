"""Distances between neurons as Gaussians: exact, and sound where a covariance is singular."""

import numpy as np
import ot
import pytest
from refusals import refusal

from sametask.neurons.arrangement.distances import (
    METRICS,
    between,
    singular,
    squared_wasserstein,
)
from sametask.neurons.moments import Moments


def drawn(neurons, size, rank, seed=0):
    """Neurons with random means, and covariances of a rank."""
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(neurons, size, rank))
    return Moments(generator.normal(size=(neurons, size)), factors @ factors.swapaxes(1, 2) / rank)


def test_rho2_is_that_of_pot_on_a_thousand_pairs():
    worst = 0.0
    for place, size in enumerate((1, 2, 3, 4, 10)):
        one, other = drawn(20, size, 2 * size, place), drawn(10, size, 2 * size, 100 + place)
        ours = squared_wasserstein(one, other)
        for (row, column), value in np.ndenumerate(ours):
            peer = ot.gaussian.bures_wasserstein_distance(
                one.mean[row], other.mean[column], one.covariance[row], other.covariance[column]
            )
            worst = max(worst, abs(value - peer**2))
    assert worst < 1e-8


def test_rho2_of_singular_covariances_is_exact():
    one = Moments(np.zeros((2, 3)), np.array([np.diag([4.0, 0, 0]), np.zeros((3, 3))]))
    other = Moments(np.ones((1, 3)), np.diag([1.0, 9.0, 0])[None])
    # Diagonal covariances: Σ (√λ − √μ)², with the distance of the means.
    assert np.allclose(squared_wasserstein(one, other)[:, 0], [3 + 1 + 9, 3 + 10], atol=1e-12)


@pytest.mark.parametrize("rank", [1, 2, 8])
@pytest.mark.parametrize("metric", METRICS)
def test_distances_are_symmetric_not_negative_and_no_nan(metric, rank):
    found = between(drawn(30, 4, rank), metric)
    assert np.array_equal(found, found.T) and not np.diag(found).any()
    assert (found[~np.eye(30, dtype=bool)] > 0).all()
    assert np.isinf(found).any() == (metric == "kl" and rank < 4)


def test_rotations_change_no_distance():
    some = drawn(12, 4, 8)
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(4, 4)))[0]
    turned = Moments(some.mean @ turn.T, turn @ some.covariance @ turn.T)
    for metric in METRICS:
        assert np.allclose(between(some, metric), between(turned, metric), rtol=1e-9)


def test_divergence_and_mahalanobis_are_those_of_the_formulas():
    some = drawn(2, 3, 6)
    (first, second), apart = some.covariance, some.mean[0] - some.mean[1]
    one, other = np.linalg.inv(first), np.linalg.inv(second)
    kl = (np.trace(other @ first + one @ second) - 6 + apart @ (one + other) @ apart) / 4
    assert between(some, "kl")[0, 1] == pytest.approx(kl, rel=1e-10)
    pooled = np.linalg.inv((first + second) / 2)
    assert between(some, "mahalanobis")[0, 1] == pytest.approx(apart @ pooled @ apart, rel=1e-10)


def test_singular_covariances_are_known_and_nan_is_refused():
    assert singular(drawn(3, 4, 2).covariance).all()
    assert not singular(drawn(3, 4, 8).covariance).any()
    some = drawn(3, 2, 4)
    some.mean[1, 0] = np.nan
    refusal(between, some, "wasserstein", words=["neuron 2 of 3"])

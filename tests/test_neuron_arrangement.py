"""Ellipsoids, density and circle of neurons: what is known exactly, and what is refused."""

import numpy as np
import pytest
from refusals import refusal
from scipy.signal import lfilter

from sametask.neurons.arrangement.answers import answer_metric
from sametask.neurons.arrangement.circle import find_circle
from sametask.neurons.arrangement.ellipsoids import (
    coverage,
    density,
    ellipsoids,
    principal_directions,
    projected,
)
from sametask.neurons.arrangement.rhythm import exceeded, surrogate_shares, turning_share
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.moments import Moments
from sametask.populations.layout import biased_layers

TURN = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]


def circle(period, noise=0.05, count=100):
    """Neurons round a circle, in a plane of four dimensions."""
    angle = 2 * np.pi * np.arange(count) / period
    flat = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle, 0 * angle])
    return 7 + flat @ TURN + noise * np.random.default_rng(0).normal(size=(count, 4))


def gaussians(neurons=6, size=4, seed=0):
    generator = np.random.default_rng(seed)
    factors = generator.normal(size=(neurons, size, size))
    return Moments(3 * generator.normal(size=(neurons, size)), factors @ factors.swapaxes(1, 2))


def test_an_ellipsoid_holds_95_percent_and_has_the_axes_of_the_covariance():
    some, generator = gaussians(), np.random.default_rng(1)
    rows = np.stack([
        generator.multivariate_normal(mean, covariance, 4000)
        for mean, covariance in zip(some.mean, some.covariance, strict=True)
    ], axis=1)  # fmt: skip
    assert np.abs(coverage(some, rows) - 0.95).max() < 0.015
    found = ellipsoids(some)
    scaled = found.axes * found.radii[:, :, None]
    # χ²_{.95, 4} = 9.4877.
    assert np.allclose(scaled.swapaxes(1, 2) @ scaled, 9.4877 * some.covariance, rtol=1e-4)
    assert (np.diff(found.radii) <= 0).all()


def test_coverage_of_a_flat_gaussian_is_of_the_directions_with_variance():
    rows = np.random.default_rng(0).normal(size=(4000, 1, 1)) * np.ones(3)
    flat = Moments(np.zeros((1, 3)), np.ones((1, 3, 3)))
    assert coverage(flat, rows)[0] == pytest.approx(0.95, abs=0.015)
    assert np.allclose(ellipsoids(flat).radii[0, 1:], 0, atol=1e-6)


def test_the_plane_of_the_means_keeps_what_varies():
    some = Moments(circle(16, noise=0), np.broadcast_to(np.eye(4), (100, 4, 4)))
    directions, shares = principal_directions(some.mean, 2)
    assert shares.sum() == pytest.approx(1) and np.allclose(directions @ directions.T, np.eye(2))
    flat = projected(some, directions)
    assert np.allclose(np.linalg.norm(flat.mean - flat.mean.mean(axis=0), axis=1), 1, atol=0.1)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 0.0])
def test_the_area_under_the_domes_is_one_however_narrow_they_are(scale):
    some = gaussians(size=2)
    found = density(Moments(some.mean, scale * some.covariance))
    assert found.area == pytest.approx(1, abs=1e-3)
    assert found.widened == {1.0: 1, 1e-6: 6, 0.0: 6}[scale]


@pytest.mark.parametrize("period", [12.5, 16, 20, 25])
def test_a_circle_is_found_with_its_period(period):
    found = find_circle(circle(period))
    assert found.period == pytest.approx(period, abs=0.2)
    assert found.plane > 0.95 and found.rotation > 0.9
    # Neither where neurons lie nor how they are turned changes what is found.
    moved = find_circle((circle(period) - 7) @ TURN.T * 30)
    assert moved.period == found.period
    assert moved.rotation == pytest.approx(found.rotation)
    assert moved.turning == pytest.approx(900 * found.turning)


def test_neurons_that_swing_on_a_line_are_half_a_rotation():
    swinging = np.cos(2 * np.pi * np.arange(100) / 20)[:, None] * TURN[0]
    assert find_circle(swinging).rotation == pytest.approx(0.5, abs=0.01)


def windows(series, window=20):
    """Windows of a series to be given back, all of them to learn from."""
    rows = np.lib.stride_tricks.sliding_window_view(series, window).astype(np.float32)
    return Rows(rows, rows, np.zeros((1, len(rows)), bool), series)


@pytest.mark.parametrize("memory", [0.0, 0.7, 0.97])
def test_series_without_a_rhythm_are_rarely_called_one(memory):
    noise = np.random.default_rng(11).standard_normal((60, 500))
    found = []
    for number, red in enumerate(lfilter([1], [1, -memory], noise, axis=1)[:, 200:]):
        others = surrogate_shares(windows(red), 3, 99, number)
        found.append(exceeded(turning_share(red, 20, 3), others))
    # It should be 5 of 100; more than 8 of 60 happen by chance once in 200 times.
    assert (np.array(found) <= 0.05).sum() <= 8


def test_a_rhythm_in_noise_is_told_from_red_noise_of_the_same_memory():
    random = np.random.default_rng(0)
    noise = lfilter([1], [1, -0.5], random.standard_normal(1000))
    series = np.sqrt(2) * np.sin(2 * np.pi * np.arange(1000) / 8) + noise
    others = surrogate_shares(windows(series), 3, 199, 0)
    assert exceeded(turning_share(series, 20, 3), others) == 1 / 200
    np.testing.assert_array_equal(others, surrogate_shares(windows(series), 3, 199, 0))


def test_what_has_no_circle_is_refused():
    refusal(find_circle, np.ones((5, 4)), words=["at least 8 neurons"])
    refusal(find_circle, np.ones((50, 4)), words=["all neurons are the same"])
    refusal(find_circle, np.full((50, 4), np.nan), words=["no numbers"])


def test_neurons_are_as_far_apart_as_their_answers_whatever_the_hidden_frame():
    draw, layers = np.random.default_rng(0), biased_layers([4, 3, 6])
    into, out = draw.normal(size=(3, 4)), draw.normal(size=(6, 3))
    inputs = draw.normal(size=(50, 4)).astype(np.float32)
    rows = Rows(inputs, np.zeros((50, 6)), np.arange(50)[None] >= 40)
    answered = inputs[:40] @ into.T @ out.T
    wanted = (answered[:, :, None] - answered[:, None]).var(axis=0, ddof=1)
    mixture = draw.normal(size=(3, 3))
    for frame in (np.eye(3), mixture):
        weights = np.zeros((1, 1, 39))
        weights[..., layers[0].kernel[..., 0]] = frame @ into
        weights[..., layers[1].kernel[..., 0]] = out @ np.linalg.inv(frame)
        networks = Members(weights, np.ones((1, 1), bool), layers, "identity")
        places = out @ np.linalg.inv(frame) @ answer_metric(networks, 2, rows)
        apart = ((places[:, None] - places[None]) ** 2).sum(axis=2)
        np.testing.assert_allclose(apart, wanted, rtol=1e-5, atol=1e-9)

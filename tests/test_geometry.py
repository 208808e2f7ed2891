"""Local covariances, their rank, and Mahalanobis distances."""

import numpy as np
import pytest
import torch

from sametask.base.errors import DataError
from sametask.geometry.automatic import choose_ridge, most_directions
from sametask.geometry.covariance import (
    covariance_spectrum,
    jacobian_spectrum,
    linear_response,
    response_slopes,
)
from sametask.geometry.metric import mahalanobis_distances, whitening
from sametask.geometry.rank import choose_rank

SIGMA = 0.01


def curve(inputs, weights, offsets):
    """A smooth map of inputs (n, d) to tanh neurons (n, m) and its derivatives (n, m, d)."""
    values = torch.tanh(inputs @ weights + offsets)
    return values, (1 - values**2)[:, :, None] * weights.mT


@pytest.fixture
def surface(generator):
    inputs = torch.rand(60, 2, generator=generator, dtype=torch.float64)
    weights = torch.randn(2, 6, generator=generator, dtype=torch.float64)
    offsets = torch.randn(6, generator=generator, dtype=torch.float64)
    return inputs, *curve(inputs, weights, offsets)


def test_covariance_spectrum_is_numpys(generator):
    perturbations = torch.randn(3, 50, 4, generator=generator, dtype=torch.float64)
    values, vectors = covariance_spectrum(perturbations)
    for sample in range(3):
        rebuilt = vectors[sample] @ torch.diag(values[sample]) @ vectors[sample].mT
        np.testing.assert_allclose(rebuilt, np.cov(perturbations[sample].T), atol=1e-14)
    assert (values.diff(dim=1) <= 0).all()


def test_neighbourhoods_tend_to_the_derivatives(generator):
    weights = torch.randn(2, 5, generator=generator, dtype=torch.float64)
    offsets = torch.randn(5, generator=generator, dtype=torch.float64)
    inputs = torch.rand(4, 2, generator=generator, dtype=torch.float64)
    sigma = 1e-4
    noise = torch.randn(4, 20000, 2, generator=generator, dtype=torch.float64)
    cloud = curve((inputs[:, None] + sigma * noise).reshape(-1, 2), weights, offsets)[0]
    sampled, _ = covariance_spectrum(cloud.reshape(4, 20000, 5))
    exact, _ = jacobian_spectrum(curve(inputs, weights, offsets)[1], sigma)
    np.testing.assert_allclose(sampled[:, :2], exact, rtol=0.05)


def test_distances_are_the_formula_pair_by_pair(surface):
    _, values, derivatives = surface
    frames = whitening(*jacobian_spectrum(derivatives, SIGMA), 2)
    found = mahalanobis_distances(values, frames, SIGMA)
    along, least = frames / frames.norm(dim=1, keepdim=True), frames[:, :, 0].square().sum(dim=1)
    across = torch.eye(values.shape[1], dtype=values.dtype) - along @ along.mT
    precision = frames @ frames.mT + least[:, None, None] * across
    for i, j in ((0, 1), (5, 40), (59, 3)):
        step = values[i] - values[j]
        expected = 0.5 * SIGMA**2 * step @ (precision[i] + precision[j]) @ step
        assert found[i, j].item() == pytest.approx(expected.item(), rel=1e-10)
    assert torch.equal(found, found.mT)
    assert found.diagonal().abs().max() < 1e-20


@pytest.mark.parametrize("neurons", [2, 5])
def test_places_across_a_closed_curve_do_not_coincide(neurons, generator):
    angle = torch.linspace(0, 2 * torch.pi, 65, dtype=torch.float64)[:-1]
    plane = torch.linalg.qr(torch.randn(neurons, 2, generator=generator, dtype=torch.float64)).Q.mT
    values = torch.stack([angle.cos(), angle.sin()], dim=1) @ plane
    derivatives = (torch.stack([-angle.sin(), angle.cos()], dim=1) @ plane)[:, :, None]
    found = mahalanobis_distances(values, whitening(*jacobian_spectrum(derivatives, 0.1), 1), 0.1)
    # The chord from side to side is orthogonal to the curve at both ends; its length is 2.
    assert found[0, 32].item() == pytest.approx(4.0)
    assert found[0, 1].item() == pytest.approx((2 * torch.pi / 64) ** 2, rel=1e-3)
    assert found.fill_diagonal_(9).argmin(dim=1).sub(torch.arange(64)).abs().eq(1).sum() >= 62


def test_distances_of_a_linear_network_are_those_of_the_inputs(generator):
    inputs = torch.randn(40, 3, generator=generator, dtype=torch.float64)
    matrix = torch.randn(3, 7, generator=generator, dtype=torch.float64)
    frames = whitening(*jacobian_spectrum(matrix.mT.expand(40, 7, 3), SIGMA), 3)
    found = mahalanobis_distances(inputs @ matrix, frames, SIGMA)
    np.testing.assert_allclose(found, torch.cdist(inputs, inputs) ** 2, atol=1e-10)


def test_the_distance_does_not_depend_on_an_invertible_map_of_the_neurons(surface, generator):
    _, values, derivatives = surface
    mixing = torch.randn(6, 6, generator=generator, dtype=torch.float64)
    own = mahalanobis_distances(values, whitening(*jacobian_spectrum(derivatives, SIGMA), 2), SIGMA)
    # Locally only: compare the nearest pairs, where both are the distance of the inputs.
    mixed = mahalanobis_distances(
        values @ mixing, whitening(*jacobian_spectrum(mixing.mT @ derivatives, SIGMA), 2), SIGMA
    )
    near = (own < 1e-3) & (own > 1e-9)
    assert near.any()
    np.testing.assert_allclose(own[near], mixed[near], rtol=0.05)


def surface_response(inputs, generator, weaker, sigma):
    """A tanh layer of two inputs, one felt ``weaker`` than the other; its linear response."""
    weights = torch.randn(2, 6, generator=generator, dtype=torch.float64)
    weights[1] *= weaker
    noise = sigma * torch.randn(60, 500, 2, generator=generator, dtype=torch.float64)
    points = (inputs[:, None] + noise).reshape(-1, 2)
    cloud = torch.tanh(points @ weights).reshape(60, 500, 6)
    return linear_response(cloud, noise)


@pytest.mark.parametrize("sigma", [0.01, 0.1])
@pytest.mark.parametrize(("weaker", "rank"), [(1.0, 2), (0.1, 2), (0.05, 2), (0.0, 1)])
def test_auto_rank_counts_the_inputs_that_a_layer_feels(surface, generator, weaker, rank, sigma):
    for _ in range(3):
        assert choose_rank(*surface_response(surface[0], generator, weaker, sigma)) == rank


def test_linear_response_is_the_covariance_of_a_linear_layer(generator):
    noise = 0.3 * torch.randn(2, 400, 3, generator=generator, dtype=torch.float64)
    matrix = torch.randn(3, 5, generator=generator, dtype=torch.float64)
    response, error = linear_response(noise @ matrix + 1, noise)
    expected = torch.linalg.svdvals(0.3 * matrix).square()
    np.testing.assert_allclose(response, expected.expand(2, 3), rtol=0.15)
    assert (error < 1e-25).all()


def test_auto_rank_of_derivatives_is_their_numerical_rank(surface, generator):
    weights = torch.randn(2, 6, generator=generator, dtype=torch.float64)
    for weaker, rank in ((1e-3, 2), (0.0, 1)):
        weights[1] *= weaker
        derivatives = curve(surface[0], weights, torch.zeros(6, dtype=torch.float64))[1]
        values, _ = jacobian_spectrum(derivatives, SIGMA)
        assert choose_rank(values, torch.zeros(60)) == rank


def test_a_constant_layer_is_refused():
    with pytest.raises(DataError, match="constant"):
        choose_rank(torch.zeros(10, 3, dtype=torch.float64), torch.zeros(10))


def test_a_ridge_tempers_weak_directions(surface):
    values, vectors = jacobian_spectrum(surface[2], SIGMA)
    plain, tempered = (whitening(values, vectors, 2, ridge) for ridge in (0.0, 0.1))
    stretched = (tempered / plain).square().amin(dim=1)
    floor = 0.1 * values[:, 0].median()
    np.testing.assert_allclose(stretched, values / (values + floor), rtol=1e-9)


def test_many_dimensions_get_a_ridge_and_few_get_none():
    assert [choose_ridge("auto", axes, matched=False) for axes in (1, 3, 4, 64)] == [
        0.0, 0.0, 0.03, 0.03,
    ]  # fmt: skip
    assert choose_ridge("auto", 64, matched=True) == 0.0 and choose_ridge(0.2, 1, False) == 0.2
    assert most_directions("auto", 0.0) == "auto" and most_directions("auto", 0.03) == 64
    assert most_directions(5, 0.03) == 5


def test_a_sample_that_does_not_react_gets_finite_weights(surface):
    _, values, derivatives = surface
    derivatives = derivatives.clone()
    derivatives[7] = 0
    frames = whitening(*jacobian_spectrum(derivatives, SIGMA), 2)
    assert torch.isfinite(mahalanobis_distances(values, frames, SIGMA)).all()


def test_a_regression_has_no_sampling_error_where_covariances_do(generator):
    weights = torch.randn(2, 6, generator=generator, dtype=torch.float64)
    offsets = torch.randn(6, generator=generator, dtype=torch.float64)
    inputs = torch.rand(60, 2, generator=generator, dtype=torch.float64)
    noise = SIGMA * torch.randn(60, 32, 2, generator=generator, dtype=torch.float64)
    values, derivatives = curve((inputs[:, None] + noise).reshape(-1, 2), weights, offsets)
    cloud = values.reshape(60, 32, 6)
    derivatives = curve(inputs, weights, offsets)[1]
    exact = SIGMA**2 * derivatives @ derivatives.mT

    def error(spectrum):
        eigenvalues, frames = spectrum
        rebuilt = frames @ torch.diag_embed(eigenvalues) @ frames.mT
        return ((rebuilt - exact).norm(dim=(1, 2)) / exact.norm(dim=(1, 2))).median().item()

    slopes, noise_level = response_slopes(cloud, noise)
    assert error(jacobian_spectrum(slopes, SIGMA)) < 0.02
    assert error(covariance_spectrum(cloud)) > 0.1
    response, same = linear_response(cloud, noise)
    assert torch.equal(noise_level, same)
    # The response is in terms of the perturbations as they were drawn, not of their σ.
    drawn = noise.var(dim=1, correction=0).mean(dim=1, keepdim=True) / SIGMA**2
    np.testing.assert_allclose(response, drawn * jacobian_spectrum(slopes, SIGMA)[0])


def test_few_samples_have_the_weights_that_they_have_among_many(surface):
    values, vectors = jacobian_spectrum(surface[2], SIGMA)
    whole = whitening(values, vectors, 2, 0.1)
    part = whitening(values[:3], vectors[:3], 2, 0.1, typical=values)
    assert torch.equal(part, whole[:3])
    assert not torch.allclose(whitening(values[:3], vectors[:3], 2, 0.1), part)

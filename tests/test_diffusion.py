"""Diffusion maps of manifolds whose Laplacian is known, bandwidths, and selection."""

import numpy as np
import pytest
import torch

from sametask.base.errors import DataError
from sametask.diffusion.bandwidth import choose_neighbour, knn_bandwidth, slope_bandwidth
from sametask.diffusion.embedding import embed, euclidean_coordinates
from sametask.diffusion.kernel import diffusion_map, normalised_kernel
from sametask.diffusion.selection import before_widest_gap, non_harmonic
from sametask.statistics.distances import exact_distances


def squared(points):
    return exact_distances(points, points) ** 2


def interval(count):
    return (torch.arange(count, dtype=torch.float64) / count)[:, None]


def circle(count):
    angle = 2 * torch.pi * torch.arange(count, dtype=torch.float64) / count
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def rectangle(generator, width, count=900):
    points = torch.rand(count, 2, generator=generator, dtype=torch.float64)
    return points * torch.tensor([width, 1.0], dtype=torch.float64)


def test_eigenvalues_of_an_interval_are_as_the_squares():
    values, _ = diffusion_map(squared(interval(400)), (3 / 400) ** 2, 5)
    ratios = torch.log(values) / torch.log(values[0])
    np.testing.assert_allclose(ratios, [1, 4, 9, 16, 25], rtol=0.02)


def test_eigenvectors_of_an_interval_are_cosines():
    points = interval(400)
    _, vectors = diffusion_map(squared(points), (3 / 400) ** 2, 3)
    for k in range(3):
        cosine = torch.cos((k + 1) * torch.pi * (points[:, 0] + 0.5 / 400)) * 2**0.5
        correlation = (vectors[:, k] * cosine).mean().abs()
        assert correlation > 0.999


def test_eigenvalues_of_a_circle_come_in_pairs():
    values, _ = diffusion_map(squared(circle(300)), (4 * torch.pi / 300) ** 2, 6)
    rates = -torch.log(values)
    np.testing.assert_allclose(rates[0::2], rates[1::2], rtol=1e-6)
    np.testing.assert_allclose(rates[0::2] / rates[0], [1, 4, 9], rtol=0.02)


def test_density_does_not_matter(generator):
    even = interval(600)
    # Three times as dense on the right; α = 1 must see the same interval.
    dense = torch.where(even < 0.5, 1.5 * even, 0.75 + (even - 0.5) / 2)
    values, _ = diffusion_map(squared(dense), 4e-4, 3)
    ratios = torch.log(values) / torch.log(values[0])
    np.testing.assert_allclose(ratios, [1, 4, 9], rtol=0.05)


def test_coordinates_have_unit_root_mean_square_and_no_constant():
    _, vectors = diffusion_map(squared(interval(100)), 1e-3, 4)
    np.testing.assert_allclose(vectors.square().mean(dim=0), 1, atol=1e-12)
    _, root = normalised_kernel(squared(interval(100)), 1e-3)
    np.testing.assert_allclose((root.square()[:, None] * vectors).sum(0), 0, atol=1e-9)


def test_knn_bandwidth_of_a_grid_is_its_spacing_squared():
    assert knn_bandwidth(squared(interval(50)), 2) == pytest.approx(1 / 50**2)


def test_knn_bandwidth_is_that_of_distinct_samples():
    points = torch.cat([interval(10), interval(10) + 1e-14, interval(10)])
    assert knn_bandwidth(squared(points), 2) == pytest.approx(1 / 10**2)
    with pytest.raises(DataError, match=r"activations of 30 samples coincide at 10 places.*lower"):
        knn_bandwidth(squared(points), 10)


def test_slope_finds_the_dimension_of_an_interval():
    _, found = slope_bandwidth(squared(interval(500)))
    assert found == pytest.approx(1, abs=0.15)


def test_slope_finds_the_dimension_of_a_surface(generator):
    _, found = slope_bandwidth(squared(rectangle(generator, 1.0)))
    assert found == pytest.approx(2, abs=0.35)


def test_non_harmonic_skips_the_harmonics_of_a_long_rectangle(generator):
    points = rectangle(generator, 4.0)
    _, vectors = diffusion_map(squared(points), 0.02, 8)
    first, second = non_harmonic(vectors, 2).tolist()
    along = np.corrcoef(vectors[:, first], points[:, 0])[0, 1]
    across = np.corrcoef(vectors[:, second], points[:, 1])[0, 1]
    assert first == 0
    assert second >= 3
    assert abs(along) > 0.95
    assert abs(across) > 0.95


def test_non_harmonic_refuses_more_directions_than_there_are():
    with pytest.raises(DataError, match="at most 1"):
        embed(squared(interval(200)), 2, (3 / 200) ** 2, 2, "non-harmonic", 1)


def test_more_coordinates_than_the_rank_of_the_kernel_are_refused():
    with pytest.raises(DataError, match=r"40 asked for, but the kernel has rank \d+"):
        diffusion_map(squared(interval(60)), 10.0, 40)


@pytest.mark.parametrize("selection", ["leading", "non-harmonic"])
@pytest.mark.parametrize("rule", ["knn", "slope"])
def test_euclidean_coordinates_are_those_of_squared_distances(generator, selection, rule):
    points = rectangle(generator, 2.0, 200)
    expected = embed(squared(points), 2, rule, 20, selection, 2).eigenvectors
    assert torch.equal(euclidean_coordinates(points, 2, rule, 20, selection, 2), expected)


def test_euclidean_coordinates_have_a_bandwidth_of_their_own():
    points = 1e3 * interval(100)
    by_rule = euclidean_coordinates(points, 3, "knn", 2, "leading", 1)
    assert torch.equal(euclidean_coordinates(points, 3, 1e-4, 2, "leading", 1), by_rule)


def test_euclidean_coordinates_are_as_many_as_there_are():
    points = interval(60)
    wide = euclidean_coordinates(points, 40, "knn", 50, "leading", 1)
    assert 1 < wide.shape[1] < 40
    assert euclidean_coordinates(points, 2, "knn", 2, "non-harmonic", 1).shape[1] == 1


@pytest.mark.parametrize(
    ("rank", "samples", "number"),
    [(1, 500, 4), (2, 500, 13), (3, 500, 34), (3, 200, 20), (2, 15, 2), (64, 500, 2)],
)
def test_neighbours_within_two_spacings(rank, samples, number):
    assert choose_neighbour("auto", rank, samples) == number
    assert choose_neighbour(7, rank, samples) == 7
    assert choose_neighbour("auto", rank, samples, ridge=0.03) == samples // 2
    assert choose_neighbour(7, rank, samples, ridge=0.03) == 7


def test_within_two_spacings_of_a_grid_are_as_many_as_expected():
    axis = torch.arange(21, dtype=torch.float64)
    grid = torch.cartesian_prod(axis, axis)
    within = (squared(grid)[220] <= 4).sum().item() - 1
    assert within == pytest.approx(choose_neighbour("auto", 2, 441), abs=1)


def test_coordinates_end_at_the_widest_gap():
    rates = torch.arange(1, 41, dtype=torch.float64)
    rates[17:] += 9
    assert before_widest_gap(torch.exp(-rates / 50)) == 17
    # A gap before the 10th or behind the 30th is not looked at.
    rates = torch.cat([torch.ones(5), torch.linspace(100, 109, 40)]).double()
    assert before_widest_gap(torch.exp(-rates / 500)) >= 10
    assert before_widest_gap(torch.exp(-torch.ones(9, dtype=torch.float64))) == 9
    round_off = torch.cat([torch.full((6,), 0.5), torch.full((30,), 1e-12)]).double()
    assert before_widest_gap(round_off) == 6


def test_a_circle_is_never_cut_within_a_pair():
    found = embed(squared(circle(300)), "auto", "knn", 4, "leading", 1)
    assert 10 <= found.eigenvectors.shape[1] <= 30
    assert found.eigenvectors.shape[1] % 2 == 0
    assert found.facts["selected"] == list(range(1, found.eigenvectors.shape[1] + 1))
    assert found.facts["neighbour"] == 4


def test_few_samples_have_as_many_coordinates_as_there_are():
    assert embed(squared(interval(9)), "auto", "knn", 2, "leading", 1).eigenvectors.shape[1] == 7

"""Procrustes: a planted rotation, and what shuffled pairs leave."""

import pytest
import scipy.stats
import torch

from sametask.statistics.permutation import null_residuals, p_value
from sametask.statistics.procrustes import align, procrustes, residual


@pytest.fixture
def coordinates(generator):
    return torch.randn(200, 5, generator=generator, dtype=torch.float64)


@pytest.fixture
def rotation(generator):
    square = torch.randn(5, 5, generator=generator, dtype=torch.float64)
    return torch.linalg.qr(square).Q


def orders(generator, count, length):
    return torch.stack([torch.randperm(length, generator=generator) for _ in range(count)])


def test_a_planted_rotation_is_found(coordinates, rotation):
    found = procrustes(coordinates, coordinates @ rotation)
    torch.testing.assert_close(found, rotation, atol=1e-13, rtol=0)
    assert residual(coordinates, coordinates @ rotation, found) < 1e-28


def test_the_rotation_is_orthogonal_whatever_it_is_given(coordinates, generator):
    other = torch.randn(200, 5, generator=generator, dtype=torch.float64)
    found = procrustes(coordinates, other)
    torch.testing.assert_close(found @ found.mT, torch.eye(5, dtype=torch.float64))


def test_shuffled_pairs_do_not_pass(coordinates, rotation, generator):
    noisy = coordinates @ rotation + 0.1 * torch.randn(200, 5, generator=generator).double()
    result = align(coordinates, noisy)
    assert result.residual_held_out == pytest.approx(0.01, rel=0.3)
    null = null_residuals(coordinates @ result.rotation, noisy, orders(generator, 99, 200))
    assert result.residual_held_out < 0.05 * null.min().item()


def test_unrelated_coordinates_look_like_shuffled_ones(rotation, generator):
    """Over many draws the true pairing takes every place among shuffled ones equally often."""
    values = []
    for _ in range(200):
        source, target = torch.randn(2, 30, 5, generator=generator, dtype=torch.float64)
        null = null_residuals(source @ rotation, target, orders(generator, 99, 30))
        values.append(p_value(residual(source, target, rotation), null))
    assert scipy.stats.kstest(values, "uniform").pvalue > 1e-3
    assert min(values) >= 0.01


def test_the_null_is_the_residual_of_shuffled_pairs(coordinates, rotation, generator):
    shuffles = orders(generator, 3, 200)
    other = torch.randn(200, 5, generator=generator, dtype=torch.float64)
    expected = [residual(coordinates, other[order], rotation) for order in shuffles]
    found = null_residuals(coordinates @ rotation, other, shuffles)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))

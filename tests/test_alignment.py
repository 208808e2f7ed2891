"""Procrustes: a planted rotation, and what shuffled pairs leave."""

import pytest
import torch

from sametask.alignment import align, null_residuals, procrustes, residual


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
    result = align(coordinates, noisy, orders(generator, 99, 200))
    assert result.residual_held_out == pytest.approx(0.01, rel=0.3)
    assert result.residual_held_out < 0.05 * result.null.min().item()


def test_unrelated_coordinates_look_like_shuffled_ones(coordinates, generator):
    other = torch.randn(200, 5, generator=generator, dtype=torch.float64)
    result = align(coordinates, other, orders(generator, 199, 200))
    rank = (result.null < result.residual).double().mean().item()
    assert 0.01 < rank < 0.99


def test_the_null_is_the_residual_of_an_alignment_of_its_own(coordinates, generator):
    shuffles = orders(generator, 3, 200)
    other = torch.randn(200, 5, generator=generator, dtype=torch.float64)
    expected = [
        residual(coordinates, other[order], procrustes(coordinates, other[order]))
        for order in shuffles
    ]
    found = null_residuals(coordinates, other, shuffles)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))

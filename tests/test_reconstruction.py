"""Inputs from few neurons: planted embeddings are read back, folds are not."""

import pytest
import torch

from sametask.evaluation.reconstruction import (
    choose_neurons,
    most_neurons,
    reconstruct,
    required_neurons,
)
from sametask.verdict.layers.comparison import predict


@pytest.fixture
def circle():
    """Sixteen smooth functions of points on a circle, and the points: to fit on, and held out."""
    draw = torch.Generator().manual_seed(3)
    weights = torch.randn(2, 16, generator=draw, dtype=torch.float64)
    offsets = torch.randn(16, generator=draw, dtype=torch.float64)

    def layer(angle):
        points = torch.stack([angle.cos(), angle.sin()], dim=1)
        return torch.tanh(points @ weights + offsets), points

    fit = torch.linspace(0, 2 * torch.pi, 241, dtype=torch.float64)[:-1]
    return layer(fit), layer(fit[::3] + 0.01)


def test_a_circle_needs_two_functions_and_is_told_from_three(circle):
    (fit, points), (test, actual) = circle
    errors = reconstruct(fit, test, points, actual, choose_neurons(16, 5, 20, seed=0))
    assert errors.shape == (20, 5)
    median = errors.median(dim=0).values
    # One function of a circle takes every value twice: half of it cannot be told.
    assert median[0] > 0.1
    assert (median[2:] < 1e-5).all()


def test_what_a_layer_has_lost_no_number_of_neurons_tells(circle):
    (_, points), (_, actual) = circle
    lost_fit, lost_test = (
        torch.cat([p[:, :1], p[:, :1] ** 2, p[:, :1] ** 3], 1) for p in (points, actual)
    )
    neurons = choose_neurons(3, 3, 20, seed=0)
    errors = reconstruct(lost_fit, lost_test, points[:, 1:], actual[:, 1:], neurons)
    assert (errors > 0.8).all()
    kept = reconstruct(lost_fit, lost_test, points[:, :1], actual[:, :1], neurons)
    # The curve (x², x³) has a cusp at 0, which a spline smooths.
    assert (kept[:, 1:] < 1e-2).all()


def test_choices_grow_by_one_neuron_and_repeat_for_a_seed():
    chosen = choose_neurons(9, 6, 20, seed=4)
    assert chosen.shape == (20, 6)
    assert all(len(set(row.tolist())) == 6 for row in chosen)
    assert torch.equal(chosen, choose_neurons(9, 6, 20, seed=4))
    assert not torch.equal(chosen, choose_neurons(9, 6, 20, seed=5))
    assert len(torch.unique(chosen[:, 0])) > 4


def test_the_numbers_of_neurons_follow_the_dimension():
    assert [required_neurons(d) for d in (1, 2, 3)] == [3, 5, 7]
    assert most_neurons(2, 100, None) == 11
    assert most_neurons(2, 6, None) == 6
    assert most_neurons(2, 100, 4) == 4


def test_wide_targets_have_the_errors_that_they_have_column_by_column(circle):
    (fit, points), (test, actual) = circle
    draw = torch.Generator().manual_seed(9)
    picture = torch.randn(2, 500, generator=draw, dtype=torch.float64)
    noise = 0.1 * torch.randn(len(test), 500, generator=draw, dtype=torch.float64)
    neurons = choose_neurons(16, 3, 20, seed=0)
    drawn, shown = (points @ picture).tanh(), (actual @ picture).tanh() + noise
    errors = reconstruct(fit, test, drawn, shown, neurons)
    spread = (shown - shown.mean(dim=0)).square().sum()
    for choice in (0, 11):
        few = neurons[choice]
        missed = (predict(fit[:, few], drawn, test[:, few]) - shown).square().sum()
        assert errors[choice, 2].item() == pytest.approx((missed / spread).item(), rel=1e-6)


def test_constant_answers_have_no_error(circle):
    (fit, _), (test, _) = circle
    constant = torch.ones(len(fit), 1, dtype=torch.float64)
    neurons = choose_neurons(16, 2, 20, seed=0)
    assert reconstruct(fit, test, constant, torch.ones(len(test), 1), neurons) is None


def test_neurons_that_take_hardly_any_values_tell_nothing(circle):
    (_, points), (_, actual) = circle
    dead = torch.zeros(len(points), 2, dtype=torch.float64)
    dead[0] = 1
    errors = reconstruct(
        dead, dead[: len(actual)], points, actual, choose_neurons(2, 2, 20, seed=0)
    )
    assert torch.isfinite(errors).all()
    assert (errors > 0.5).all()

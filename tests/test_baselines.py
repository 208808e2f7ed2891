"""The baselines: each recovers what it can express, and is what its field means by the name."""

import pytest
import torch
from scipy.linalg import orthogonal_procrustes
from sklearn.neighbors import KNeighborsRegressor
from torch import nn

from sametask.maps.baselines import (
    affine_map,
    direct_rbf_map,
    knn_map,
    mean_map,
    procrustes_map,
    relative_map,
)
from sametask.maps.modules import Nearest


@pytest.fixture
def draw(generator):
    return lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)


def apply(stages, source):
    return nn.Sequential(*stages.values())(source)


def test_affine_recovers_an_affine_map(draw):
    source = draw(60, 4)
    source[:, 3] = 2.0
    matrix = draw(4, 3)
    (stage,) = affine_map(source, source @ matrix + 1).values()
    torch.testing.assert_close(stage(source), source @ matrix + 1, atol=1e-6, rtol=0)
    (single,) = affine_map(source, source @ matrix[:, :1]).values()
    torch.testing.assert_close(single(source), source @ matrix[:, :1], atol=1e-6, rtol=0)


@pytest.mark.parametrize(("narrow", "wide"), [(3, 3), (3, 6)])
def test_procrustes_recovers_rotation_scale_and_offset_both_ways(draw, narrow, wide):
    source = draw(80, narrow) * torch.arange(1, narrow + 1) + 4
    rotation = torch.linalg.qr(draw(wide, wide)).Q[:narrow]
    target = 2.5 * source @ rotation - 7
    torch.testing.assert_close(apply(procrustes_map(source, target), source), target)
    torch.testing.assert_close(apply(procrustes_map(target, source), target), source)


def test_procrustes_is_scipys_with_a_scale(draw):
    source, target = draw(50, 4), draw(50, 4)
    source, target = source - source.mean(0), target - target.mean(0)
    rotation, shared = orthogonal_procrustes(source.numpy(), target.numpy())
    expected = shared / source.square().sum() * source @ torch.from_numpy(rotation)
    torch.testing.assert_close(apply(procrustes_map(source, target), source), expected)


def test_procrustes_leaves_a_constant_neuron_at_its_value(draw):
    source = draw(50, 3)
    target = torch.cat([source[:, :2], torch.full((50, 2), 3.0)], dim=1)
    found = apply(procrustes_map(source, target), source)
    torch.testing.assert_close(found[:, 2:], target[:, 2:])
    constant = torch.full((50, 2), 3.0, dtype=torch.float64)
    torch.testing.assert_close(apply(procrustes_map(source, constant), source), constant)


def test_nearest_is_scikit_learns_mean_of_neighbours(draw, monkeypatch):
    centres, values, inputs = draw(70, 3), draw(70, 2), draw(30, 3)
    stage = Nearest(centres=centres, values=values, weights=torch.full((4,), 0.25).double())
    expected = KNeighborsRegressor(4).fit(centres, values).predict(inputs)
    torch.testing.assert_close(stage(inputs), torch.from_numpy(expected))
    monkeypatch.setattr("sametask.maps.modules.BLOCK", 300)
    torch.testing.assert_close(stage(inputs), torch.from_numpy(expected))


def test_knn_takes_few_neighbours_of_a_function_and_many_of_noise(draw):
    source = draw(300, 1)
    function = knn_map(source, source**2)["knn"]
    noise = knn_map(source, draw(300, 1))["knn"]
    assert len(function.weights) <= 3
    assert len(noise.weights) >= 20
    # So few samples have no more neighbours to offer.
    assert len(knn_map(source[:5], draw(5, 1))["knn"].weights) <= 4


def test_relative_representations_do_not_see_a_rotation(draw):
    source = draw(400, 3)
    source = source / source.norm(dim=1, keepdim=True) + 2
    target = 3 * source @ torch.linalg.qr(draw(3, 3)).Q + 1
    stages = relative_map(source, target, target)
    own = relative_map(target, target, target)
    torch.testing.assert_close(stages["relative"](source), own["relative"](target))
    # On a sphere about the mean, all but, there are no lengths to lose.
    missed = (apply(stages, source) - target).square().sum() / (
        target - target.mean(0)
    ).square().sum()
    assert missed < 0.05


def test_relative_representations_lift_to_neurons_that_were_not_measured(draw):
    angle = 6.28 * torch.linspace(0, 1, 200, dtype=torch.float64)[:-1, None]
    circle = torch.cat([angle.cos(), angle.sin()], dim=1)
    whole = circle @ draw(2, 5)
    found = apply(relative_map(2 * circle, whole, circle), 2 * circle)
    torch.testing.assert_close(found, whole, atol=1e-3, rtol=0)


def test_relative_representations_of_one_neuron_are_its_sign(draw):
    source = draw(101, 1)
    representation = relative_map(source, source, source)["relative"](source)
    torch.testing.assert_close(representation.abs(), torch.ones_like(representation))
    assert torch.isfinite(relative_map(source, source, source)["decoder"].matrix).all()


def test_direct_rbf_interpolates_what_is_smooth_and_averages_what_is_not():
    x = torch.linspace(-1, 1, 200, dtype=torch.float64)[:, None] + 1e-4
    torch.testing.assert_close(apply(direct_rbf_map(x, x.exp()), x), x.exp(), atol=1e-9, rtol=0)
    assert apply(direct_rbf_map(x**2, x), x**2).abs().mean() < 0.05


def test_differentiable_baselines_have_finite_derivatives(draw):
    source, target = draw(60, 3), draw(60, 2)
    for stages in (
        direct_rbf_map(source, target),
        affine_map(source, target),
        procrustes_map(source, target),
        relative_map(source, target, target),
        mean_map(source, target),
    ):
        inputs = draw(4, 3).requires_grad_()
        assert torch.autograd.gradcheck(nn.Sequential(*stages.values()), inputs, atol=1e-6)

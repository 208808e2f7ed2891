"""Thin-plate splines against SciPy's, and where SciPy gives up."""

import numpy as np
import pytest
import torch
from scipy.interpolate import RBFInterpolator

from sametask.base.errors import DataError
from sametask.maps.baselines import affine_map, knn_map, procrustes_map
from sametask.maps.routes import Side, coordinate_maps
from sametask.splines.smoothing import fit_smoothed
from sametask.splines.thin_plates import fit_radial_basis


@pytest.fixture
def pairs(generator):
    inputs = torch.randn(80, 3, generator=generator, dtype=torch.float64)
    targets = torch.stack([inputs.sin().sum(1), inputs.prod(1)], dim=1)
    return inputs, targets


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_it_is_scipys_interpolator(pairs, generator, smoothing):
    inputs, targets = pairs
    points = torch.randn(50, 3, generator=generator, dtype=torch.float64)
    reference = RBFInterpolator(
        inputs.numpy(), targets.numpy(), kernel="thin_plate_spline", smoothing=smoothing
    )
    found = fit_radial_basis(inputs, targets, smoothing)(points)
    np.testing.assert_allclose(found, reference(points.numpy()), atol=1e-10)


def test_it_passes_through_its_samples(pairs):
    inputs, targets = pairs
    torch.testing.assert_close(
        fit_radial_basis(inputs, targets)(inputs), targets, atol=1e-10, rtol=0
    )


def test_an_affine_map_is_met_exactly_everywhere(pairs, generator):
    inputs, _ = pairs
    matrix = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    far = 100 * torch.randn(20, 3, generator=generator, dtype=torch.float64)
    spline = fit_radial_basis(inputs, inputs @ matrix + 1)
    torch.testing.assert_close(spline(far), far @ matrix + 1, atol=1e-7, rtol=1e-9)


def test_constant_and_dependent_neurons_change_nothing(pairs, generator):
    inputs, targets = pairs
    points = torch.randn(30, 3, generator=generator, dtype=torch.float64)

    def widen(x):
        return torch.cat([x, x[:, :1] * 0 + 5, x[:, :1] - x[:, 1:2]], dim=1)

    plain = fit_radial_basis(inputs, targets)
    rotated = fit_radial_basis(widen(inputs)[:, :4], targets)
    np.testing.assert_allclose(rotated(widen(points)[:, :4]), plain(points), atol=1e-10)
    dependent = fit_radial_basis(widen(inputs), targets)
    torch.testing.assert_close(dependent(widen(inputs)), targets, atol=1e-9, rtol=0)


def test_duplicates_get_their_mean(pairs):
    inputs, targets = pairs
    doubled = torch.cat([inputs, inputs[:1]])
    spline = fit_radial_basis(doubled, torch.cat([targets, targets[:1] + 2]))
    torch.testing.assert_close(spline(inputs[:1]), targets[:1] + 1, atol=1e-9, rtol=0)


def test_too_few_samples_are_refused():
    few = torch.eye(3, dtype=torch.float64)
    with pytest.raises(DataError, match="at least 4 distinct samples, there are 3"):
        fit_radial_basis(few, few)


def test_it_is_differentiable_also_at_its_centres(pairs):
    inputs, targets = pairs
    spline = fit_radial_basis(inputs, targets)
    points = torch.cat([inputs[:2], inputs[2:4] + 0.1]).requires_grad_()
    assert torch.autograd.gradcheck(spline, points[2:], atol=1e-6)
    spline(points).sum().backward()
    assert torch.isfinite(points.grad).all()


def test_evaluation_in_blocks_is_the_same(pairs, monkeypatch, generator):
    inputs, targets = pairs
    points = torch.randn(30, 3, generator=generator, dtype=torch.float64)
    spline = fit_radial_basis(inputs, targets)
    whole = spline(points)
    monkeypatch.setattr("sametask.splines.thin_plates.BLOCK", 7 * len(inputs))
    torch.testing.assert_close(spline(points), whole, atol=1e-12, rtol=0)


def near_duplicates(axes, apart, conflict, generator, twins=20):
    """Samples of a function of size 1, and others so near, with targets that far apart."""
    inputs, points = (
        scale * (2 * torch.rand(200, axes, generator=generator, dtype=torch.float64) - 1)
        for scale in (1.0, 0.8)
    )
    step = torch.randn(twins, axes, generator=generator, dtype=torch.float64)
    others = inputs[:twins] + apart * step / step.norm(dim=1, keepdim=True)

    def function(x):
        return (2 * x.mean(1, keepdim=True)).sin()

    targets = torch.cat([function(inputs), function(others) + conflict])
    best = fit_radial_basis(inputs, function(inputs))(points) - function(points)
    allowed = 2 * best.abs().max().item() + 2 * conflict + 1e-3
    return torch.cat([inputs, others]), targets, points, function(points), allowed


@pytest.mark.parametrize("apart", [1e-14, 1e-12, 1e-9, 1e-7])
@pytest.mark.parametrize("axes", [1, 2, 8])
def test_near_duplicates_that_differ_are_refused_and_smoothed(axes, apart, generator):
    inputs, targets, points, actual, allowed = near_duplicates(axes, apart, 1e-3, generator)
    with pytest.raises(DataError, match="coincide up to round-off have different targets"):
        fit_smoothed(inputs, targets, 0.0)
    found = fit_smoothed(inputs, targets, "auto")(points)
    assert (found - actual).abs().max() < allowed


@pytest.mark.parametrize("apart", [1e-14, 1e-12, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-4])
@pytest.mark.parametrize("axes", [1, 2, 8])
def test_near_duplicates_of_one_function_are_reproduced_or_refused(axes, apart, generator):
    inputs, targets, points, actual, allowed = near_duplicates(axes, apart, 0.0, generator)
    assert (fit_smoothed(inputs, targets, "auto")(points) - actual).abs().max() < allowed
    try:
        found = fit_radial_basis(inputs, targets)(points)
    except DataError:
        # Only where their squares are within round-off of each other.
        assert apart < 1e-7
    else:
        assert (found - actual).abs().max() < allowed


def test_near_duplicates_that_the_choice_did_not_look_at_are_smoothed(generator, monkeypatch):
    monkeypatch.setattr("sametask.splines.smoothing.CHOICE_SAMPLES", 100)
    # Every second sample has a twin behind it; the choice takes every fourth.
    inputs, targets, points, actual, allowed = near_duplicates(2, 1e-10, 1e-3, generator, 200)
    order = torch.arange(400).reshape(2, 200).T.flatten()
    found = fit_smoothed(inputs[order], targets[order], "auto")(points)
    assert (found - actual).abs().max() < allowed


def test_a_neuron_that_is_far_larger_than_the_others_is_no_round_off(pairs, generator):
    inputs, _ = pairs
    scaled = inputs * torch.tensor([1e8, 1.0, 1.0], dtype=torch.float64)
    targets = (scaled[:, :1] / 1e8).sin() + inputs[:, 1:].sum(1, keepdim=True)
    spline = fit_radial_basis(scaled, targets)
    torch.testing.assert_close(spline(scaled), targets, atol=1e-6, rtol=0)


@pytest.mark.parametrize("count", [22, 23, 30])
def test_hardly_more_samples_than_directions(count, generator):
    inputs = torch.randn(count, 20, generator=generator, dtype=torch.float64)
    spline = fit_radial_basis(inputs, inputs[:, :2] * 2 - 1)
    points = torch.randn(9, 20, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(spline(points), points[:, :2] * 2 - 1)


@pytest.mark.parametrize("fit", [affine_map, procrustes_map, knn_map])
def test_other_maps_take_near_duplicates(fit, generator):
    inputs, targets, points, _, _ = near_duplicates(3, 1e-12, 1e-3, generator)
    scaled = inputs * torch.tensor([1e8, 1.0, 1.0], dtype=torch.float64)
    for stage in fit(scaled, targets).values():
        found = stage(points * torch.tensor([1e8, 1.0, 1.0], dtype=torch.float64))
        assert found.abs().max() < 3


def test_a_route_with_samples_that_coincide_is_smoothed(generator, caplog):
    inputs, targets, points, actual, allowed = near_duplicates(2, 1e-12, 1e-3, generator)
    side = Side(inputs, targets, inputs)
    other = Side(targets, targets, torch.cat([targets, targets**2], dim=1))
    routes = coordinate_maps(side, other, torch.eye(2, dtype=torch.float64), 0.0)
    assert "smoothed as auto does" in caplog.text
    found = points
    for stage in routes["thesis"].values():
        found = stage(found)
    assert (found - actual).abs().max() < allowed


@pytest.mark.parametrize("size", [1e160, torch.nan, 1e-160])
def test_what_cannot_be_squared_is_refused(pairs, size):
    inputs, targets = pairs
    for one, other in ((size * inputs, targets), (inputs, size * targets)):
        with pytest.raises(DataError, match="squares"):
            fit_radial_basis(one, other)

"""Thin-plate splines against SciPy's, and where SciPy gives up."""

import numpy as np
import pytest
import torch
from scipy.interpolate import RBFInterpolator

from sametask.errors import DataError
from sametask.interpolation import fit_radial_basis


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
    monkeypatch.setattr("sametask.interpolation.BLOCK", 7 * len(inputs))
    torch.testing.assert_close(spline(points), whole, atol=1e-12, rtol=0)

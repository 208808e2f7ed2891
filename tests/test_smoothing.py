"""The closed form against fits that really leave samples out, and what the choice predicts."""

import pytest
import torch

from sametask.base.errors import DataError
from sametask.splines.smoothing import choose_smoothing, left_out_residuals, spline_spectrum
from sametask.splines.thin_plates import fit_radial_basis


@pytest.fixture
def draw(generator):
    """Uniform numbers in [-1, 1]."""
    return lambda *shape: 2 * torch.rand(*shape, generator=generator, dtype=torch.float64) - 1


def missed(inputs, targets, others, actual, smoothing=None):
    """Share of the held-out variance that the smoothed spline misses, 1 - R²."""
    chosen = choose_smoothing(inputs, targets) if smoothing is None else smoothing
    found = fit_radial_basis(inputs, targets, chosen)(others)
    return ((found - actual).square().sum() / (actual - actual.mean(0)).square().sum()).item()


@pytest.mark.parametrize("smoothing", [0.0, 1e-3, 10.0])
def test_residuals_are_those_of_fits_without_the_sample(draw, smoothing):
    inputs, targets = draw(40, 3), draw(40, 2)
    found = left_out_residuals(*spline_spectrum(inputs), targets, smoothing)
    for i in range(0, 40, 7):
        rest = torch.arange(40) != i
        spline = fit_radial_basis(inputs[rest], targets[rest], smoothing)
        torch.testing.assert_close(found[i], targets[i] - spline(inputs[i : i + 1])[0])


def test_a_smooth_function_is_interpolated():
    inputs = torch.linspace(-1, 1, 300, dtype=torch.float64)[:, None]
    curve = torch.cat([inputs.exp(), inputs.sin(), inputs**3], dim=1)
    assert choose_smoothing(curve, inputs.cosh()) == 0
    assert missed(curve[::2], inputs[::2].cosh(), curve[1:-1:2], inputs[1:-1:2].cosh()) < 1e-9


@pytest.mark.parametrize("axes", [1, 2, 8])
def test_noise_is_smoothed_away(draw, axes):
    inputs, others = draw(400, axes), draw(300, axes)
    clean, noise = inputs.mean(1, keepdim=True).exp(), 0.5 * draw(400, 1)
    actual = others.mean(1, keepdim=True).exp()
    assert missed(inputs, clean + noise, others, actual) < 0.15
    # Noise is what interpolation keeps.
    assert missed(inputs, clean + noise, others, actual, smoothing=0.0) > 0.3


def test_of_several_values_the_mean_is_predicted(draw):
    x, other = draw(500, 1), draw(300, 1)
    assert missed(x**2, x, other**2, other) == pytest.approx(1, abs=0.1)
    # Beside them, what is a function of the inputs is still found.
    spline = fit_radial_basis(x**2, torch.cat([x, x**4], dim=1), choose_smoothing(x**2, x))
    assert spline(other**2)[:, 1:].sub(other**4).square().mean() < 0.01
    # Pairs of all but equal inputs with opposite targets.
    even = torch.linspace(-1, 1, 400, dtype=torch.float64)[:, None] + 1e-7
    assert missed(even**2, even, other**2, other) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("axes", [1, 4, 16, 64])
def test_independent_targets_are_predicted_by_their_mean(draw, axes):
    share = missed(draw(800, axes), draw(800, 3), draw(300, axes), draw(300, 3))
    # The affine tail alone costs axes / N.
    assert share == pytest.approx(1 + axes / 800, abs=0.1)


def test_other_units_of_the_inputs_change_nothing(draw):
    inputs, targets, others = draw(200, 3), draw(200, 2), draw(50, 3)
    small, large = choose_smoothing(1e-3 * inputs, targets), choose_smoothing(1e3 * inputs, targets)
    assert large / small == pytest.approx(1e12)
    found = [
        fit_radial_basis(unit * inputs, targets, one)(unit * others)
        for unit, one in ((1e-3, small), (1e3, large))
    ]
    torch.testing.assert_close(*found, atol=1e-6, rtol=0)


def test_the_choice_of_a_subset_is_that_of_all(draw, monkeypatch):
    inputs, others = draw(1200, 2), draw(500, 2)
    targets = (3 * inputs.sum(1, keepdim=True)).sin() + 0.3 * draw(1200, 1)
    actual = (3 * others.sum(1, keepdim=True)).sin()
    of_all = missed(inputs, targets, others, actual)
    monkeypatch.setattr("sametask.splines.smoothing.CHOICE_SAMPLES", 300)
    assert missed(inputs, targets, others, actual) < 1.5 * of_all


def test_more_targets_than_samples_are_as_many_as_samples(draw):
    inputs, targets = draw(60, 2), draw(60, 4)
    mixed = targets @ torch.linalg.qr(draw(100, 4)).Q.mT
    assert choose_smoothing(inputs, targets) == pytest.approx(choose_smoothing(inputs, mixed))


def test_a_neuron_that_fires_once_does_not_decide(draw):
    inputs, targets = draw(200, 2), draw(200, 1)
    once = torch.cat([inputs, torch.eye(200, 1, dtype=torch.float64)], dim=1)
    others = torch.cat([draw(100, 2), torch.zeros(100, 1)], dim=1)
    assert missed(once, targets, others, draw(100, 1)) < 1.1


def test_inputs_that_differ_by_round_off_are_smoothed(draw):
    inputs, targets = draw(50, 2), draw(100, 1)
    twice = torch.cat([inputs, inputs + 1e-15])
    assert choose_smoothing(twice, targets) > 0
    line = torch.tensor([[0.0], [1e-200], [1.0], [2.0]], dtype=torch.float64)
    with pytest.raises(DataError, match="round-off"):
        fit_radial_basis(line, targets[:4])


def test_too_few_samples_are_refused():
    few = torch.eye(3, dtype=torch.float64)
    with pytest.raises(DataError, match="at least 4 distinct samples, there are 3"):
        choose_smoothing(few, few)

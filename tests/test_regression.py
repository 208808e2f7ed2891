"""The regression of layers: wide ones, few samples, scales, tails, groups, and its two limits."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from sametask.maps.baselines import affine_map
from sametask.splines.regression import LeftOut, Penalties, View, _fit, fit_regression, views
from sametask.splines.smoothing import fit_smoothed
from sametask.splines.thin_plates import FLAT
from sametask.statistics.folds import rows_together
from sametask.statistics.variance import relative_error
from sametask.verdict.layers.comparison import predict

TEST = 300


def normal(draw, *shape):
    return torch.from_numpy(draw.standard_normal(shape))


def r2(predicted, actual):
    return 1 - ((predicted - actual).square().sum() / (actual - actual.mean(0)).square().sum())


def held_out(source, target, count, groups=None):
    """R² of the last samples after a fit to the first ``count``."""
    predicted = predict(source[:count], target[:count], source[count:], groups)
    return r2(predicted, target[count:]).item()


def smooth_layers(count, latents, neurons, seed=0):
    """Two layers of tanh neurons of the same latents."""
    draw = np.random.default_rng(seed)
    known = torch.from_numpy(draw.uniform(-1, 1, (count, latents)))
    return [
        torch.tanh(known @ normal(draw, latents, width) + normal(draw, width)) for width in neurons
    ]


@pytest.mark.parametrize(
    ("neurons", "samples"), [(128, 450), (128, 160), (128, 129), (128, 128), (128, 90), (256, 280)]
)
def test_a_wide_layer_of_three_latents_is_a_function(neurons, samples):
    """With sample counts above, at and below the width."""
    source, target = smooth_layers(samples + TEST, 3, (neurons, 30))
    assert held_out(source, target, samples) > 0.99


def test_a_wide_noisy_layer_is_explained_as_well_as_by_ridge_regression():
    """Where splines with a free affine part are far worse than the mean."""
    draw = np.random.default_rng(1)
    count, width = 220, 180
    source = normal(draw, count + TEST, width) * torch.logspace(0, -1.5, width)
    target = torch.tanh(source @ normal(draw, width, 20) / 3)
    target += 0.5 * normal(draw, *target.shape)
    ridge = affine_map(source[:count], target[:count])["affine"](source[count:])
    free = fit_smoothed(source[:count], target[:count], "auto")(source[count:])
    found = held_out(source, target, count)
    assert found > r2(ridge, target[count:]) - 0.02
    assert r2(free, target[count:]) < 0 < found


@pytest.mark.parametrize(("latents", "missed"), [(1, 1e-9), (2, 1e-5), (3, 1e-3), (4, 1e-2)])
def test_few_smooth_dimensions_are_interpolated(latents, missed):
    source, target = smooth_layers(500 + TEST, latents, (16, 12))
    assert held_out(source, target, 500) > 1 - missed


def test_scales_of_neurons_do_not_matter():
    """Splines of neurons on scales from 1e-4 to 1e4 see the largest one only."""
    source, target = smooth_layers(300 + TEST, 3, (3, 12), seed=2)
    scaled = source * torch.tensor([1e-4, 1.0, 1e4])
    free = fit_smoothed(scaled[:300], target[:300], "auto")(scaled[300:])
    plain, found = held_out(source, target, 300), held_out(scaled, target, 300)
    assert found > plain - 0.01 > r2(free, target[300:]) + 0.02


def test_heavy_tails_cost_little():
    source, target = smooth_layers(500 + TEST, 2, (10, 12), seed=3)
    assert held_out(torch.sinh(4 * source), target, 500) > 0.99


def test_what_is_no_function_is_not_made_up():
    draw = np.random.default_rng(4)
    source = normal(draw, 200 + TEST, 150)
    assert -0.1 < held_out(source, normal(draw, 200 + TEST, 5), 200) < 0.05


def ridge_only(view, targets, ridge):
    return _fit(view, targets, Penalties(1e12, ridge))


@pytest.mark.parametrize("count", [40, 15])
def test_without_a_spline_it_is_ridge_regression(count):
    draw = np.random.default_rng(5)
    source, target = normal(draw, count, 20), normal(draw, count, 3)
    view = views(source)[0]
    expected = Ridge(alpha=2.5).fit(source.numpy(), target.numpy())
    points = normal(draw, 7, 20)
    found = ridge_only(view, target, 2.5)(points)
    np.testing.assert_allclose(found, expected.predict(points.numpy()), atol=1e-6)


def test_without_a_ridge_it_is_a_smoothing_spline():
    source, target = smooth_layers(100 + TEST, 2, (3, 4), seed=6)
    found = _fit(views(source[:100])[0], target[:100], Penalties(1e-3, 0.0))(source[100:])
    torch.testing.assert_close(found, fit_smoothed(source[:100], target[:100], 1e-3)(source[100:]))


@pytest.mark.parametrize("grouped", [False, True])
def test_left_out_errors_are_those_of_the_process_without_these_rows(grouped):
    """Brute force: Gaussian process regression with a constant of very large variance."""
    source, target = smooth_layers(30, 2, (3, 2), seed=7)
    view = views(source)[0]
    place = torch.arange(30) // (2 if grouped else 1)
    left_out = LeftOut(view, target, rows_together(place))
    smoothing, ridge = 0.02, 0.3
    factors = [
        smoothing / (left_out.spectrum + smoothing),
        ridge / (left_out.squares + ridge),
    ]
    parts = [
        next(left_out.parts(vectors, factor[None]))
        for vectors, factor in zip((left_out.vectors, left_out.left), factors, strict=True)
    ]
    prior = (left_out.vectors * left_out.spectrum) @ left_out.vectors.mT
    prior += smoothing / ridge * view.scores @ view.scores.mT + 1e6
    error = 0.0
    for number in place.unique():
        kept, left = (place != number).nonzero()[:, 0], (place == number).nonzero()[:, 0]
        noisy = prior[kept][:, kept] + smoothing * torch.eye(len(kept))
        guess = prior[left][:, kept] @ torch.linalg.solve(noisy, target[kept])
        error += (guess - target[left]).square().sum().item()
    assert left_out.error(parts[0] + parts[1]) == pytest.approx(error, rel=1e-4)


def test_rows_of_one_sample_do_not_predict_each_other():
    """Five copies of a sample with equal noise: without groups, interpolation looks perfect."""
    draw = np.random.default_rng(8)
    known = normal(draw, 60, 1).repeat_interleave(5, 0)
    noise = normal(draw, 60, 1).repeat_interleave(5, 0)
    source = torch.cat([known, 1e-3 * normal(draw, 300, 1)], 1)
    groups = torch.arange(60).repeat_interleave(5)
    points = torch.cat([normal(draw, TEST, 1), 1e-3 * normal(draw, TEST, 1)], 1)
    apart, alike = (
        r2(fit_regression(source, known + noise, how)(points), points[:, :1])
        for how in (groups, None)
    )
    assert apart > 0.7 > alike + 0.1


def test_a_layer_with_dead_neurons_has_views_without_them():
    source, _ = smooth_layers(50, 2, (4, 2), seed=9)
    dead = torch.cat([source, torch.zeros(50, 3)], 1)
    for view in views(dead):
        assert isinstance(view, View) and view.directions.shape == (7, len(view.values))
        assert view.directions[4:].abs().max() == 0
        assert len(view.values) <= 4 and view.values[-1] > FLAT * view.values[0]


@pytest.mark.parametrize("grouped", [False, True])
def test_inputs_that_repeat_are_known(grouped):
    """As embeddings of words: a new sample has words that the fit samples had."""
    draw = torch.Generator().manual_seed(0)
    words = torch.randn(60, 20, generator=draw, dtype=torch.float64)
    values = torch.randn(60, 8, generator=draw, dtype=torch.float64)

    def samples(count):
        which = torch.randint(60, (count,), generator=draw)
        noise = torch.randn(count, 8, generator=draw, dtype=torch.float64)
        return words[which], values[which] + 0.5 * noise

    inputs, targets = samples(2000)
    groups = torch.arange(2000) // 8 if grouped else None
    given, wanted = samples(500)
    missed = relative_error(fit_regression(inputs, targets, groups)(given), wanted)
    # Of the variance, 0.2 is noise. No word says anything of another one.
    assert missed < 0.25

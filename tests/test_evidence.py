"""Evidence between two layers: theorems on planted structure, and the honesty of intervals."""

import numpy as np
import pytest
import torch

from sametask.base.errors import DataError
from sametask.statistics.permutation import p_value
from sametask.statistics.variance import explained, is_constant, resamples
from sametask.verdict.layers.local_directions import Reactions, compare_locally
from sametask.verdict.layers.support import outside_support

CONFIDENCE, SHARE, SOURCE_SHARE, CORRELATION = 0.95, 0.01, 1e-4, 0.9


def around(inputs, function, generator, count=64, sigma=0.01):
    """Neighbour activations (n, M, m) of a function around inputs (n, d)."""
    noise = sigma * torch.randn(len(inputs), count, inputs.shape[1], generator=generator).double()
    return lambda other=function: other(inputs[:, None] + noise)


@pytest.fixture
def perturb(generator):
    inputs = 2 * torch.rand(40, 3, generator=generator).double() - 1
    return around(inputs, None, generator)


def compare(perturb, a, b):
    ends = (Reactions.of([perturb(side)]) for side in (a, b))
    return compare_locally(*ends, SHARE, SOURCE_SHARE, CORRELATION)


def first(x):
    return torch.stack([torch.sin(x[..., 0]), x[..., 0] ** 3 + x[..., 0]], dim=-1)


def both(x):
    return torch.stack([x[..., 0] + x[..., 1], torch.tanh(x[..., 1]), x[..., 0]], dim=-1)


def test_layers_that_react_to_the_same_directions_correlate_fully(perturb):
    found = compare(perturb, both, lambda x: both(x) @ torch.randn(3, 5).double())
    assert found.dimension == {"a": 2, "b": 2, "joint": 2}
    assert found.smallest.min().item() > 0.999


def test_a_layer_that_reacts_to_less_is_contained_in_the_other(perturb):
    found = compare(perturb, first, both)
    assert found.dimension == {"a": 1, "b": 2, "joint": 2}
    assert found.correlations[:, 0].min().item() > 0.99
    # B reacts to a perturbation that A ignores: the correlation of that direction is zero.
    assert found.smallest.max().item() == 0


def test_layers_of_different_inputs_share_no_direction(perturb):
    found = compare(perturb, first, lambda x: x[..., 2:])
    assert found.dimension == {"a": 1, "b": 1, "joint": 2}
    assert found.smallest.median().item() < 0.3


def test_a_weak_direction_counts_from_its_share_on(perturb):
    """Amplitude 0.2 is a share of 0.04 in the variance, and 0.05 one of 0.0025."""
    for amplitude, dimension in ((0.2, 2), (0.05, 1)):
        weak = torch.tensor([1.0, amplitude, 0.0]).double()
        found = compare(perturb, lambda x, weak=weak: x * weak, first)
        assert found.dimension["a"] == dimension


def test_blocks_give_what_one_block_gives(perturb):
    whole = compare(perturb, first, both)
    blocks = (Reactions.of(perturb(side).split(7)) for side in (first, both))
    parts = compare_locally(*blocks, SHARE, SOURCE_SHARE, CORRELATION)
    torch.testing.assert_close(parts.correlations, whole.correlations)
    assert parts.dimension == whole.dimension


def test_a_layer_that_never_reacts_has_dimension_zero(perturb):
    found = compare(perturb, torch.zeros_like, first)
    assert found.dimension == {"a": 0, "b": 1, "joint": 1}
    assert (found.smallest == 0).all()


def test_explained_is_one_for_truth_and_zero_for_the_mean(generator):
    actual = torch.randn(50, 3, generator=generator).double()
    draws = resamples(199, 50, 0)
    truth = explained(actual, actual, draws, CONFIDENCE)
    assert (truth.low, truth.estimate, truth.high) == (1, 1, 1)
    mean = explained(actual.mean(0).expand(50, 3), actual, draws, CONFIDENCE)
    assert mean.estimate == pytest.approx(0, abs=1e-12)
    assert mean.high <= 1e-12, "the mean of a resample is its own best guess"


def test_resampled_values_are_those_of_the_drawn_rows(generator):
    actual, predicted = torch.randn(2, 30, 2, generator=generator).double()
    draws = resamples(99, 30, 1)
    found = explained(predicted, actual, draws, CONFIDENCE).resampled
    for row in (0, 50):
        chosen = np.repeat(np.arange(30), draws[row].numpy())
        spread = (actual[chosen] - actual[chosen].mean(0)).square().sum()
        missed = (predicted[chosen] - actual[chosen]).square().sum()
        assert found[row].item() == pytest.approx(1 - (missed / spread).item())


def test_the_interval_covers_the_truth_as_often_as_it_says(generator):
    """R² of y = x + noise is 0.8 in the population; 95 % intervals hold it in 90 to 99 %."""
    covered = 0
    for trial in range(200):
        source = torch.randn(60, 1, generator=generator).double()
        actual = source + 0.5 * torch.randn(60, 1, generator=generator).double()
        found = explained(source, actual, resamples(399, 60, trial), CONFIDENCE)
        covered += found.low <= 0.8 <= found.high
    assert 0.9 <= covered / 200 <= 0.99


def test_a_constant_layer_has_no_r2_rather_than_nan():
    assert (
        explained(torch.randn(30, 2), torch.ones(30, 2), resamples(99, 30, 0), CONFIDENCE) is None
    )
    assert is_constant(torch.full((5, 2), 3.7)) and not is_constant(torch.eye(5))


def test_too_few_samples_for_an_interval_are_refused_with_the_number_needed():
    with pytest.raises(DataError, match="12 test samples are too few for an interval; at least 20"):
        explained(torch.randn(12, 2), torch.randn(12, 2), resamples(99, 12, 0), CONFIDENCE)


def test_outside_the_support_is_what_is_farther_than_any_fit_sample():
    fit = torch.linspace(0, 1, 101)[:, None].double()
    test = torch.tensor([[0.505], [1.005], [1.02], [-3.0]]).double()
    assert outside_support(test, fit).tolist() == [False, False, True, True]


def test_a_p_value_counts_the_statistic_itself():
    null = torch.tensor([1.0, 2.0, 3.0])
    assert [p_value(one, null) for one in (0.5, 1.0, 9.0)] == [0.25, 0.5, 1.0]

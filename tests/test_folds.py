"""Whole samples are left out: slices of one sequence never stand on both sides."""

import numpy as np
import pytest
import torch
from sklearn.model_selection import KFold

from sametask.maps.baselines import affine_map, direct_rbf_map, knn_map, sample_folds
from sametask.splines.smoothing import choose_smoothing, left_out_residuals, spline_spectrum
from sametask.splines.thin_plates import fit_radial_basis
from sametask.statistics.folds import places, rows_together
from sametask.statistics.procrustes import align, cross_validated_residual, procrustes

ROWS, EACH = 60, 4


@pytest.fixture
def sequences(generator):
    """Slices of sequences: all but equal inputs, and targets that are their sequence's own."""
    centre, target = (torch.randn(ROWS, 2, generator=generator).double() for _ in range(2))
    near = 1e-2 * torch.randn(ROWS, EACH, 2, generator=generator).double()
    inputs = (centre[:, None] + near).flatten(0, 1)
    groups = torch.arange(ROWS).repeat_interleave(EACH)
    return inputs, target.repeat_interleave(EACH, 0), groups


def test_rows_and_their_samples():
    assert places(3, None).tolist() == [0, 1, 2]
    assert places(5, torch.tensor([7, 7, 3, 9, 3])).tolist() == [1, 1, 0, 2, 0]
    # What is one sample alone cannot be left out.
    assert places(2, torch.tensor([4, 4])).tolist() == [0, 1]
    assert [rows.tolist() for rows in rows_together(torch.tensor([1, 1, 0, 2, 0]))] == [
        [2, 4],
        [0, 1],
    ]


def test_folds_are_of_whole_samples(sequences):
    groups = sequences[2][torch.randperm(ROWS * EACH, generator=torch.Generator().manual_seed(1))]
    seen = np.zeros(len(groups), int)
    for kept, left in sample_folds(len(groups), groups):
        assert not set(groups[kept].tolist()) & set(groups[left].tolist())
        assert len(kept) + len(left) == len(groups)
        seen[left] += 1
    assert (seen == 1).all()


@pytest.mark.parametrize("groups", [None, torch.arange(23)])
def test_folds_of_single_rows_are_those_of_scikit_learn(groups):
    expected = KFold(5, shuffle=True, random_state=0).split(np.arange(23))
    for found, pair in zip(sample_folds(23, groups), expected, strict=True):
        for one, other in zip(found, pair, strict=True):
            np.testing.assert_array_equal(one, other)


def test_rotations_are_judged_on_whole_samples(generator):
    # Each sequence has coordinates of its own; every fold of slices has seen all of them.
    source, target = torch.eye(20).double().repeat_interleave(5, 0), torch.eye(20).double()
    target = target[torch.randperm(20, generator=generator)].repeat_interleave(5, 0)
    groups = torch.arange(20).repeat_interleave(5)
    assert cross_validated_residual(source, target) < 1e-20
    assert align(source, target, groups).residual_held_out > 0.05
    left = torch.arange(20).repeat_interleave(5) % 5 == 0
    rotation = procrustes(source[~left], target[~left])
    by_hand = (source[left] @ rotation - target[left]).square()
    found = cross_validated_residual(source, target, groups=groups)
    assert found >= by_hand.sum().item() / source.numel()


def test_single_rows_are_as_they_were(generator):
    source, target = (torch.randn(33, 3, generator=generator).double() for _ in range(2))
    by_row = cross_validated_residual(source, target)
    assert cross_validated_residual(source, target, groups=torch.arange(33)) == by_row
    assert choose_smoothing(source, target, torch.arange(33)) == choose_smoothing(source, target)


@pytest.mark.parametrize("smoothing", [1e-3, 1.0])
def test_residuals_are_those_of_fits_without_the_sample(sequences, smoothing):
    inputs, targets, groups = sequences
    found = left_out_residuals(*spline_spectrum(inputs), targets, smoothing, rows_together(groups))
    for one in (0, 17, 59):
        left = groups == one
        spline = fit_radial_basis(inputs[~left], targets[~left], smoothing)
        expected = targets[left] - spline(inputs[left])
        torch.testing.assert_close(found[left], expected, atol=1e-6, rtol=1e-6)


def spread_of(stages, inputs):
    found = inputs
    for stage in stages.values():
        found = stage(found)
    return found.var(dim=0).mean().item()


def test_targets_of_their_sequence_alone_are_predicted_by_the_mean(sequences, generator):
    inputs, targets, groups = sequences
    # Slices of one sequence foretell each other; of another sequence they say nothing.
    others = torch.randn(400, 2, generator=generator).double()
    assert choose_smoothing(inputs, targets, groups) > 1e3 * choose_smoothing(inputs, targets)
    for fit in (direct_rbf_map, knn_map):
        leaking, apart = (spread_of(fit(inputs, targets, own), others) for own in (None, groups))
        assert apart < 0.3 < leaking


def test_a_penalty_that_leaks_is_smaller(generator):
    # As many neurons as sequences: without whole samples left out, each is learned by heart.
    centre = torch.randn(ROWS, 50, generator=generator).double()
    inputs = centre.repeat_interleave(EACH, 0)
    inputs = inputs + 0.05 * torch.randn(*inputs.shape, generator=generator).double()
    targets = torch.randn(ROWS, 1, generator=generator).double().repeat_interleave(EACH, 0)
    groups = torch.arange(ROWS).repeat_interleave(EACH)
    leaking, apart = (
        affine_map(inputs, targets, own)["affine"].matrix.norm() for own in (None, groups)
    )
    assert apart < 0.2 * leaking


def test_a_sequence_that_alone_varies_says_nothing_of_itself(sequences):
    inputs, targets, groups = sequences
    alone = torch.cat([inputs, (groups == 3)[:, None].double() * inputs[:, :1]], dim=1)
    chosen = choose_smoothing(alone, targets, groups)
    assert np.isfinite(chosen) and chosen > 0

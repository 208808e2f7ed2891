"""Gauges: what networks compute stays the same, and hidden symmetries are undone."""

import numpy as np
import pytest
import torch

from sametask.neurons.gauge import GAUGES, fix, identity
from sametask.neurons.members import Members, answers
from sametask.populations.layout import biased_layers
from sametask.weights.symmetries import hidden_units, shuffled

SPLITS, COUNT, WIDTHS = 2, 6, [4, 7, 5, 3]


def alike(activation, widths, spread=0.01, seed=0):
    """Networks that differ a little from one of each split."""
    draw, layers = np.random.default_rng(seed), biased_layers(widths)
    total = sum(layer.of_units.size for layer in layers)
    middle = draw.standard_normal((SPLITS, 1, total))
    weights = middle + spread * draw.standard_normal((SPLITS, COUNT, total))
    return Members(weights, np.ones((SPLITS, COUNT), bool), layers, activation)


def hidden(members, scaled):
    """The same networks after other symmetries of each."""
    layers, random = members.layers, torch.Generator().manual_seed(0)
    flips = torch.full((COUNT,), members.activation != "relu")
    changed = []
    for rows in map(torch.from_numpy, members.weights):
        for units in hidden_units(layers) if scaled else ():
            factors = torch.rand(COUNT, len(units), generator=random, dtype=rows.dtype) + 0.5
            rows = units.scaled(rows, factors)
        changed.append(shuffled(rows, layers, flips & scaled, random).numpy())
    return members.with_weights(np.stack(changed))


def rotated(members):
    """The same linear networks of two layers, with their hidden spaces rotated at random."""
    into, out = members.layers[0].of_units, members.layers[1].kernel[..., 0]
    draw = np.random.default_rng(1).standard_normal((SPLITS, COUNT, len(into), len(into)))
    turns = np.linalg.qr(draw)[0]
    weights = members.weights.copy()
    weights[..., out] = weights[..., out] @ turns
    weights[..., into] = turns.swapaxes(2, 3) @ weights[..., into]
    return members.with_weights(weights)


def outputs(members):
    inputs = np.random.default_rng(2).standard_normal((20, members.layers[0].shape[1]))
    flat = members.weights.reshape(-1, members.weights.shape[2])
    return answers(flat, members.layers, members.activation, inputs)


CASES = [
    ("permutation", "relu", WIDTHS, lambda some: hidden(some, False)),
    ("permutation", "tanh", WIDTHS, lambda some: hidden(some, False)),
    ("permutation-scale", "relu", WIDTHS, lambda some: hidden(some, True)),
    ("procrustes", "identity", [6, 3, 6], rotated),
]


@pytest.mark.parametrize(("gauge", "activation", "widths", "change"), CASES)
def test_a_gauge_undoes_what_was_changed_and_networks_compute_the_same(
    gauge, activation, widths, change
):
    plain = alike(activation, widths)
    changed = change(plain)
    torch.testing.assert_close(outputs(changed), outputs(plain))
    fixed = fix(changed, gauge, 2)
    torch.testing.assert_close(outputs(fixed.members), outputs(changed), rtol=0, atol=1e-9)
    lost, found, best = (np.median(identity(some, 2)) for some in (changed, fixed.members, plain))
    assert lost < 3 and found > 0.5 * best > 20
    assert np.array_equal(fixed.identity, identity(fixed.members, 2))


def test_signs_of_tanh_units_are_undone():
    widths = [4, 7, 3]
    plain, layers = alike("tanh", widths), biased_layers(widths)
    random = torch.Generator().manual_seed(0)
    flips = torch.ones(COUNT, dtype=torch.bool)
    rows = [
        shuffled(torch.from_numpy(some), layers, flips, random).numpy() for some in plain.weights
    ]
    changed = plain.with_weights(np.stack(rows))
    fixed = fix(changed, "permutation-scale", 1).members
    torch.testing.assert_close(outputs(fixed), outputs(changed), rtol=0, atol=1e-9)
    assert np.median(identity(fixed, 1)) > 20 > 3 > np.median(identity(changed, 1))


@pytest.mark.parametrize("gauge", GAUGES)
def test_networks_that_are_not_present_do_not_count(gauge):
    members = alike("identity", [6, 3, 6])
    fixed = fix(members, gauge, 2)
    members.weights[:, 1] = np.nan
    members.present[:, 1] = False
    without = fix(members, gauge, 2)
    assert np.isnan(without.members.weights[:, 1]).all()
    assert np.isfinite(without.identity).all()
    assert np.isfinite(without.members.weights[members.present]).all()
    assert without.identity == pytest.approx(fixed.identity, rel=1)


def test_identity_is_one_over_the_root_of_the_number_by_chance_and_infinite_of_what_stays():
    draw, layers = np.random.default_rng(0), biased_layers([9, 50, 2])
    total = sum(layer.of_units.size for layer in layers)
    weights = draw.standard_normal((1, 100, total))
    weights[..., layers[0].of_units[0]] = 0.1
    found = identity(Members(weights, np.ones((1, 100), bool), layers, "relu"), 1)
    assert found[0, 0] == np.inf
    assert np.median(found[0, 1:]) == pytest.approx(0.1, rel=0.1)

"""Symmetries of weights: what a network computes stays as it is."""

from itertools import permutations, product

import pytest
import torch
from torch import nn

from sametask.populations.layout import LayerWeights, dense_layers
from sametask.weights.alignment import align, template
from sametask.weights.symmetries import hidden_units, shuffled

LAYERS = dense_layers([16, 5, 4])
(UNITS,) = hidden_units(LAYERS)


def drawn(count, seed=0):
    return torch.randn(count, 100, generator=torch.Generator().manual_seed(seed), dtype=float)


def logits(weights, inputs, activation=torch.tanh):
    first, last = (weights[:, torch.from_numpy(layer.of_units)] for layer in LAYERS)
    return activation(inputs @ first.mT) @ last.mT


def test_all_orders_and_signs_of_five_units_leave_the_logits():
    weights, inputs = drawn(1).float(), drawn(1, 1).float()[:, :96].reshape(6, 16)
    orders = torch.tensor(list(permutations(range(5))))
    signs = torch.tensor(list(product([-1.0, 1.0], repeat=5)))
    both = [
        grid.flatten()
        for grid in torch.meshgrid(torch.arange(120), torch.arange(32), indexing="ij")
    ]
    many = UNITS.reordered(weights.expand(3840, -1), orders[both[0]])
    many = UNITS.flipped(many, signs[both[1]])
    assert len(many.unique(dim=0)) == 3840
    missed = (logits(many, inputs) - logits(weights, inputs)).abs().max()
    assert missed < 1e-6 * logits(weights, inputs).abs().max().clamp_min(1)


def test_positive_factors_leave_the_logits_of_relu_and_not_of_tanh():
    weights, inputs = drawn(3), drawn(1, 1)[:, :96].reshape(6, 16)
    factors = drawn(3, 2)[:, :5].exp()
    scaled = UNITS.scaled(weights, factors)
    torch.testing.assert_close(
        logits(scaled, inputs, torch.relu), logits(weights, inputs, torch.relu)
    )
    assert (logits(scaled, inputs) - logits(weights, inputs)).abs().max() > 0.1
    balanced = UNITS.balanced(scaled)
    torch.testing.assert_close(balanced, UNITS.balanced(weights))
    into, out = balanced[:, UNITS.into].norm(dim=2), balanced[:, UNITS.out].norm(dim=2)
    torch.testing.assert_close(into, out)


def test_dead_units_are_left_as_they_are():
    weights = drawn(1)
    weights[:, UNITS.out[2]] = 0
    assert torch.equal(UNITS.balanced(weights)[:, UNITS.into[2]], weights[:, UNITS.into[2]])


@pytest.mark.parametrize("flip", [True, False])
def test_networks_that_are_the_same_are_aligned_to_the_same(flip):
    weights, flips = drawn(4), torch.tensor([flip] * 4)
    random = torch.Generator().manual_seed(3)
    moved = shuffled(weights, LAYERS, flips, random)
    assert not torch.equal(moved, weights)
    middle = drawn(1, 5)[0]
    first, second = (align(some, middle, LAYERS, flips) for some in (weights, moved))
    assert torch.equal(first.weights, second.weights)
    again = UNITS.flipped(UNITS.reordered(moved, second.orders[0]), second.signs[0])
    assert torch.equal(again, second.weights)


def test_the_order_is_the_nearest_of_all():
    weights, middle = drawn(6), drawn(1, 5)[0]
    found = align(weights, middle, LAYERS, torch.ones(6, dtype=bool)).weights
    orders = torch.tensor(list(permutations(range(5))))
    signs = torch.tensor(list(product([-1.0, 1.0], repeat=5))).double()
    for network, best in zip(weights, found, strict=True):
        many = UNITS.reordered(network.expand(120, -1), orders).repeat_interleave(32, dim=0)
        many = UNITS.flipped(many, signs.repeat(120, 1))
        nearest = many[(many - middle).norm(dim=1).argmin()]
        assert torch.equal(best, nearest)


def test_without_flips_signs_stay():
    weights = drawn(50)
    moved = shuffled(weights, LAYERS, torch.zeros(50, dtype=bool), torch.Generator())
    assert torch.equal(moved[:, :80].sort(dim=1).values, weights[:, :80].sort(dim=1).values)
    assert (align(weights, drawn(1, 1)[0], LAYERS, torch.zeros(50, dtype=bool)).signs[0] == 1).all()


def test_two_hidden_layers_of_a_convolution():
    layers = [LayerWeights(4, (9, 1, 4), ("place", "in", "out"), 0),
              LayerWeights(43, (9, 4, 3), ("place", "in", "out"), 40),
              LayerWeights(151, (2, 3, 1), bias=157)]  # fmt: skip
    weights = torch.randn(5, 159, dtype=float)
    images = torch.randn(1, 1, 7, 7, dtype=float)

    def outputs(network):
        rows = images
        for layer in layers[:2]:
            kernel = network[torch.from_numpy(layer.kernel)].unflatten(2, (3, 3))
            rows = nn.functional.conv2d(rows, kernel, network[torch.from_numpy(layer.biases)[:, 0]])
            rows = rows.tanh()
        last = torch.from_numpy(layers[2].of_units)
        return rows.mean(dim=(2, 3)) @ network[last[:, :-1]].T + network[last[:, -1]]

    flips = torch.ones(5, dtype=bool)
    moved = shuffled(weights, layers, flips, torch.Generator().manual_seed(1))
    for before, after in zip(weights, moved, strict=True):
        torch.testing.assert_close(outputs(after), outputs(before))
    found = align(moved, weights[0], layers, flips)
    torch.testing.assert_close(found.weights[0], weights[0])


def test_a_template_is_the_mean_of_what_is_aligned_to_it():
    middle = drawn(1, 9)[0]
    near = middle + 0.1 * drawn(40)
    flips = torch.ones(40, dtype=bool)
    moved = shuffled(near, LAYERS, flips, torch.Generator().manual_seed(4))
    found = template(moved, LAYERS, flips)
    torch.testing.assert_close(align(moved, found, LAYERS, flips).weights.mean(dim=0), found,
                               rtol=0, atol=1e-5)  # fmt: skip
    assert (align(found[None], middle, LAYERS, flips[:1]).weights[0] - middle).abs().mean() < 0.05

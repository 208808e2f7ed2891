"""Matches that shared inputs leave open: mirror images, turns, inputs shared twice."""

import pytest
import torch
from planted_networks import NETWORKS, missed, own, rows, segment, square, turns

from sametask.matching.candidates import Shared, candidates
from sametask.matching.match import match
from sametask.matching.rivals import distinct, rivals

KINDS = {
    "circle": (turns, ("circle", "ellipse"), 4),
    "interval": (segment, ("line", "curve"), 4),
    "square": (square, ("tanh", "bent"), 9),
}


def ends(kind, *shared):
    """Embed two networks on samples of their own, and say where a's samples belong on b."""
    draw, names, neighbour = KINDS[kind]
    inputs = [draw(seed, *shared) for seed in (1, 2)]
    both = [own(name, one, neighbour) for name, one in zip(names, inputs, strict=True)]
    return *both, NETWORKS[names[1]](inputs[0])


def noisy(network, seed, size):
    """Return a network whose distances differ by round-off of another machine."""
    draw = torch.Generator().manual_seed(seed)

    def off(values):
        return values * (1 + size * torch.randn(values.shape, generator=draw).double())

    return type(network)(
        off(network.activations), off(network.distances), off(network.coordinates),
        network.rates, network.chart, network.edges,
    )  # fmt: skip


# A share of a turn, or of the interval from end to end; places in the unit square.
SYMMETRIC = {
    "one on a circle": ("circle", (0.1,), 2),
    "another on a circle": ("circle", (0.37,), 2),
    "opposite ones": ("circle", (0.1, 0.6), 2),
    "one on a circle, twice": ("circle", (0.1, 0.1), 2),
    "the middle of an interval": ("interval", (0.5,), 2),
    "the middle of an interval, twice": ("interval", (0.5, 0.5), 2),
    "two on the diagonal of a square": ("square", ((0.8, 0.8), (0.3, 0.3)), 2),
}
TOLD = {
    "two on a circle": ("circle", (0.1, 0.35)),
    "close to each other": ("circle", (0.1, 0.14)),
    "one on an interval": ("interval", (0.3,)),
    "three in a square": ("square", ((0.8, 0.6), (0.3, 0.2), (0.5, 0.9))),
}


@pytest.mark.parametrize("name", SYMMETRIC)
def test_shared_inputs_that_lie_symmetrically_settle_nothing(name):
    kind, shared, count = SYMMETRIC[name]
    a, b, _ = ends(kind, *shared)
    found = match(a, b, rows(len(shared)), 0.5)
    assert not found.found and len(found.candidates) >= count
    assert any("matches are equally good: " in reason for reason in found.reasons)


@pytest.mark.parametrize("name", TOLD)
def test_others_settle_which_match_is_meant(name):
    kind, shared = TOLD[name]
    a, b, truth = ends(kind, *shared)
    found = match(a, b, rows(len(shared)), 0.5)
    assert found.found, found.reasons
    assert missed(found.matched.forward.activations, truth) < 1e-3


def test_a_circle_asks_for_two_shared_inputs_and_an_interval_for_one():
    for kind, shared, settles in (("circle", (0.37,), 2), ("circle", (), 2), ("interval", (), 1)):
        a, b, _ = ends(kind, *shared)
        found = match(a, b, rows(len(shared)), 0.5)
        assert found.settles == settles
        words = f"give at least {settles} shared input" + "s" * (settles > 1)
        assert found.reasons[-1].endswith(words)


@pytest.mark.parametrize("size", [1e-12, 1e-9])
def test_round_off_of_another_machine_changes_no_decision(size):
    for name, expected in (("one on a circle", 2), ("opposite ones", 2), ("two on a circle", 1)):
        kind, shared = (SYMMETRIC | TOLD)[name][:2]
        a, b, _ = ends(kind, *shared)
        given = rows(len(shared))
        off = noisy(a, 1, size), noisy(b, 2, size)
        kept = rivals(candidates(*off, given), *off, given)
        assert len(kept) == expected, name


def test_an_input_that_is_shared_twice_counts_once():
    a, b, _ = ends("circle", 0.1, 0.1, 0.3)
    once = distinct(rows(3), a, b)
    assert once.a.tolist() == once.b.tolist() == [0, 2]
    # The same row of one network beside two of the other is no pair twice.
    assert len(distinct(Shared(torch.tensor([0, 1]), torch.tensor([0, 2])), a, b).a) == 2
    assert len(distinct(rows(0), a, b).a) == 0


def test_networks_may_have_different_numbers_of_samples():
    a, _, truth = ends("circle", 0.1, 0.35)
    inputs = turns(3, 0.1, 0.35)[:150]
    few = own("ellipse", inputs, 4)
    found = match(a, few, rows(2), 0.5)
    assert found.found and len(found.matched.backward.activations) == 150
    assert missed(found.matched.forward.activations, truth) < 1e-3

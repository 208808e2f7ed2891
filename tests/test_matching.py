"""Matching networks on samples of their own: charts, isometries, guesses, and the decision."""

import math

import pytest
import torch
from planted_networks import NETWORKS, missed, own, plane, rows, turns

from sametask.matching.candidates import Shared, candidates, cycle
from sametask.matching.charts import monomials
from sametask.matching.confidence import confidence
from sametask.matching.isometry import refine, springs, stress
from sametask.matching.match import match
from sametask.matching.spectral import blind_guesses, groups, paired_guesses, zoom_out
from sametask.statistics.procrustes import procrustes


@pytest.fixture(scope="module")
def pair():
    """Two networks on a rectangle, on samples of their own and three shared ones."""
    inputs = {"a": plane(1, 3), "b": plane(2, 3)}
    return inputs, own("tanh", inputs["a"], 13), own("bent", inputs["b"], 13)


def test_a_chart_knows_the_manifold_between_its_samples(pair):
    _, _, b = pair
    between = plane(3, 0)
    truth = NETWORKS["bent"](0.8 * between)
    assert missed(b.chart.locate(truth).activations, truth) < 1e-6


def test_a_chart_carries_any_smooth_values(pair):
    inputs, _, b = pair
    between = 0.8 * plane(3, 0)
    places = b.chart.locate(NETWORKS["bent"](between))
    assert missed(b.chart.carry(inputs["b"], places), between) < 1e-6


def test_monomials_come_with_their_degrees():
    found = monomials(torch.tensor([[2.0, 3.0]]), 2)
    assert found.tolist() == [[1, 2, 3, 4, 6, 9]]


def test_lengths_of_places_at_samples_are_the_distances(pair):
    _, _, b = pair
    edges = springs(b.distances, b.rank)
    assert stress(edges, b.chart.locate(b.activations)) < 1e-4


def test_few_shared_inputs_make_a_map(pair):
    inputs, a, b = pair
    found = match(a, b, rows(3), 0.5)
    assert found.found and found.confidence > 0.99 and found.settles is None
    matched = found.matched
    assert missed(matched.forward.activations, NETWORKS["bent"](inputs["a"])) < 5e-4
    assert missed(matched.backward.activations, NETWORKS["tanh"](inputs["b"])) < 5e-4
    assert matched.cycle < 0.2
    assert found.agreement.p_value < 0.01


def test_refinement_is_what_makes_it_exact(pair):
    inputs, a, b = pair
    truth = NETWORKS["bent"](inputs["a"])
    # Every sample begins off its place by a good part of the spacing.
    noise = torch.randn(inputs["a"].shape, generator=torch.Generator().manual_seed(5)).double()
    start = NETWORKS["bent"](inputs["a"] + 0.03 * noise)
    shared = torch.arange(3)
    refined = refine(springs(a.distances, a.rank), b.chart, start, shared, truth[:3])
    assert missed(refined.places.activations, truth) < 0.1 * missed(start, truth)


def test_without_shared_inputs_symmetries_are_told(pair):
    _, a, b = pair
    found = match(a, b, rows(0), 0.5)
    assert not found.found
    assert len(found.candidates) == 4
    assert found.settles == 1
    assert found.reasons == ["4 different matches are equally good: give at least 1 shared input"]
    assert found.agreement is None


def test_a_wrong_pairing_is_not_found(pair):
    _, a, b = pair
    wrong = Shared(torch.tensor([0, 1, 2]), torch.tensor([10, 20, 30]))
    found = match(a, b, wrong, 0.5)
    assert not found.found
    assert any("agree" in reason for reason in found.reasons)


def test_other_local_directions_are_not_found(pair):
    inputs, a, _ = pair
    found = match(a, own("one", inputs["b"], 13), rows(3), 0.5)
    assert not found.found and found.matched is None and found.confidence == 0
    assert found.reasons == ["the layers have 2 and 1 local directions: no map keeps lengths"]


def test_other_lengths_are_not_found():
    # The same kind of curve, but the second network saw half a turn only: no map keeps lengths.
    a, b = own("circle", turns(1), 4), own("ellipse", 0.5 * turns(2), 4)
    assert not match(a, b, rows(0), 0.5).found


def test_a_circle_needs_two_shared_inputs():
    inputs = [turns(seed, 0.1, 0.35) for seed in (1, 2)]
    a, b = own("circle", inputs[0], 4), own("ellipse", inputs[1], 4)
    found = match(a, b, rows(2), 0.5)
    assert found.found
    assert missed(found.matched.forward.activations, NETWORKS["ellipse"](inputs[0])) < 1e-4
    blind = match(a, b, rows(0), 0.5)
    assert not blind.found and len(blind.candidates) > 2


def test_the_cycle_of_the_truth_is_short(pair):
    inputs, a, b = pair
    forward = b.chart.locate(NETWORKS["bent"](inputs["a"]))
    backward = a.chart.locate(NETWORKS["tanh"](inputs["b"]))
    assert cycle(a, b, forward, backward) < 0.01


def test_groups_of_nearly_equal_rates_stay_together():
    assert groups(torch.tensor([1.0, 1.05, 4.0, 4.1, 9.0])) == [[0, 1], [2, 3], [4]]


def test_blind_guesses_are_all_signs_of_simple_rates():
    guesses = blind_guesses(torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0]))
    assert len(guesses) == 16
    assert all(torch.equal(one.abs(), torch.eye(4).double()) for one in guesses)


def test_paired_guesses_turn_within_groups_only():
    draw = torch.Generator().manual_seed(0)
    source = torch.randn(5, 3, generator=draw).double()
    turn = torch.block_diag(procrustes(source[:, :2], source[:, [1, 0]]), -torch.eye(1).double())
    guesses = paired_guesses(source, source @ turn, torch.tensor([1.0, 1.1, 3.0]))
    assert all((one[:2, 2:] == 0).all() for one in guesses)
    # The turn itself, and beside it what mirrors one of the groups.
    wholes = [one for one in guesses if len(one) == 3]
    assert torch.allclose(wholes[0], turn)
    assert sorted(float(one.det()) for one in wholes) == pytest.approx([-1, -1, 1, 1])


def test_zoom_out_extends_a_guess_to_all_coordinates(pair):
    _, a, _ = pair
    signs = torch.tensor([1.0, -1, -1, 1, 1, -1, 1, 1, -1, 1]).double().diag()
    found = zoom_out(a.coordinates, a.coordinates @ signs, signs[:2, :2])
    assert torch.allclose(found, signs, atol=1e-6)


def test_candidates_of_the_same_network_include_the_identity(pair):
    _, a, _ = pair
    best = candidates(a, a, rows(3))[0]
    assert best.forward.stress < 1e-3
    assert torch.allclose(best.rotation, torch.eye(10).double(), atol=1e-3)


def test_confidence_falls_with_stress():
    values = [confidence(one) for one in (0.0, 0.01, 0.06, 0.3, math.inf)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1 and values[-1] == 0


def test_one_shared_input_of_a_circle_leaves_two_matches():
    a, b = own("circle", turns(1, 0.1), 4), own("ellipse", turns(2, 0.1), 4)
    found = match(a, b, rows(1), 0.5)
    assert not found.found
    assert len(found.candidates) == 2

"""Neurons that are merged or left out: exactness, optimality, quality over size."""

from itertools import combinations
from typing import get_args

import numpy as np
import pytest
import torch
from refusals import refusal
from scipy.optimize import minimize

from sametask.base.errors import DataError
from sametask.config.sections.shrinking_section import Method
from sametask.networks.stacked import StackedPerceptron
from sametask.neurons.arrangement.distances import between, squared_wasserstein
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.moments import Moments
from sametask.neurons.shrinking.barycentres import barycentres, wasserstein_k_means
from sametask.neurons.shrinking.clustering import k_means, k_medoids, own_clusters
from sametask.neurons.shrinking.curves import curve, original
from sametask.neurons.shrinking.merging import drop, fold, refit, tie
from sametask.neurons.shrinking.methods import METHODS, shrunk
from sametask.neurons.shrinking.quality import KIND, Curve
from sametask.neurons.shrinking.ranking import by_collinearity
from sametask.neurons.shrinking.sameness import judged, meetings
from sametask.neurons.shrinking.simplex import convex, gap, minimise
from sametask.neurons.shrinking.summary import band, larger_area
from sametask.populations.layout import biased_layers
from sametask.storage import store

WIDTHS, NEURONS = [3, 6, 5, 2], 12


def rows(count=60):
    """Inputs of two classes; a third of the rows is held out."""
    inputs = np.random.default_rng(0).standard_normal((count, 3)).astype(np.float32)
    held = np.arange(count)[None] % 3 == 0
    return Rows(inputs, (inputs[:, 0] > 0).astype(int), held)


def members(stack, activation="relu"):
    widths = [stack.weights[0].shape[1], *(bias.shape[2] for bias in stack.biases)]
    weights = stack.flattened().numpy()[None]
    return Members(weights, np.ones(weights.shape[:2], bool), biased_layers(widths), activation)


def networks(count=4, activation="relu"):
    draw = torch.Generator().manual_seed(1)
    stack = StackedPerceptron.drawn(count, WIDTHS, [activation] * 2, draw).double()
    return stack.requires_grad_(False)


def with_copies(factors):
    """Networks whose second layer has every neuron several times, times a factor each, in order."""
    stack, count = networks(), len(factors)
    scale = torch.tensor(factors, dtype=torch.float64).repeat_interleave(5)
    kernels, biases = list(stack.weights), list(stack.biases)
    kernels[1] = kernels[1].repeat(1, 1, count) * scale
    biases[1] = biases[1].repeat(1, 1, count) * scale
    shares = torch.rand(len(kernels[2]), 5 * count, 2, generator=torch.Generator().manual_seed(2))
    kernels[2] = shares.double()
    return StackedPerceptron(kernels, biases, ["relu"] * 2).requires_grad_(False)


@pytest.fixture
def gaussians():
    draw = np.random.default_rng(3)
    factors = draw.standard_normal((NEURONS, 3, 3))
    covariance = factors @ factors.swapaxes(1, 2)
    # Two neurons are known exactly in one direction, and one is known exactly.
    covariance[0, 2] = covariance[0, :, 2] = covariance[1, 2] = covariance[1, :, 2] = 0.0
    covariance[2] = 0.0
    return Moments(2 * draw.standard_normal((NEURONS, 3)), covariance)


@pytest.mark.parametrize("factors", [[1.0, 1.0], [1.0, 3.0, 0.2]])
def test_copies_of_a_neuron_are_folded_without_a_change_of_the_function(factors):
    stack, data = with_copies(factors), rows()
    known = original(members(stack), data, 0, 2, seed=0)
    labels = torch.arange(5).repeat(len(factors)).expand(4, -1)
    inputs = torch.from_numpy(data.inputs).double()
    for folded in (fold(known, labels), refit(known, fold(known, labels))):
        assert folded.weights[1].shape == (4, 6, 5)
        assert torch.allclose(folded(inputs)[-1], stack(inputs)[-1], rtol=0, atol=1e-9)


def test_a_folded_neuron_varies_as_its_cluster_did_and_the_mean_stays():
    known = original(members(networks()), rows(), 0, 2, seed=0)
    folded = fold(known, torch.tensor([0, 0, 0, 0, 0]).expand(4, -1))
    before, after = known.sums, folded(known.inputs)[2]
    assert torch.allclose(before.mean(dim=1), after.mean(dim=1))
    assert torch.allclose(before.var(dim=1).sum(dim=1), after.var(dim=1).sum(dim=1))


def test_tied_rows_are_means_of_their_own_network_and_biases_stay():
    stack = networks()
    known = original(members(stack), rows(), 0, 2, seed=0)
    tied = tie(known, torch.tensor([0, 0, 1, 1, 1]).expand(4, -1))
    wanted = stack.weights[1][..., :2].mean(dim=2)
    assert torch.allclose(tied.weights[1][..., 0], wanted)
    assert torch.allclose(tied.weights[1][..., 1], wanted)
    assert all(torch.equal(*both) for both in zip(tied.biases, stack.biases, strict=True))
    assert torch.equal(tied.weights[2], stack.weights[2])


def test_a_neuron_that_others_can_stand_for_is_left_out_first_and_costs_nothing_after_a_refit():
    stack, data = with_copies([1.0, 1.0]), rows()
    known = original(members(stack), data, 0, 2, seed=0)
    left = refit(known, drop(known, by_collinearity(known)[:, :5]))
    inputs = torch.from_numpy(data.inputs).double()
    assert torch.allclose(left(inputs)[-1], stack(inputs)[-1], rtol=0, atol=1e-5)


def test_the_objective_of_wasserstein_k_means_never_increases(gaussians):
    apart = between(gaussians, "wasserstein")
    for count in (1, 3, 5, NEURONS):
        for seed in range(5):
            clusters = wasserstein_k_means(gaussians, apart, count, seed)
            assert (np.diff(clusters.objective) <= 1e-9).all()
    assert clusters.objective[-1] == pytest.approx(0, abs=1e-9)
    again = wasserstein_k_means(gaussians, apart, 3, 0)
    assert np.array_equal(again.labels, wasserstein_k_means(gaussians, apart, 3, 0).labels)


def test_a_barycentre_is_nearer_to_its_neurons_than_what_is_close_to_it(gaussians):
    every = np.zeros(NEURONS, int)
    centre = barycentres(gaussians, every, np.array([0]))
    best = squared_wasserstein(gaussians, centre).sum()
    draw = np.random.default_rng(4)
    for _ in range(20):
        step = np.eye(3) + 0.05 * draw.standard_normal((3, 3))
        other = Moments(centre.mean, step @ centre.covariance @ step.T)
        assert squared_wasserstein(gaussians, other).sum() > best
    # Gaussians whose covariances commute: the root of the barycentre is the mean of the roots.
    round_ = Moments(np.zeros((2, 2)), np.array([np.eye(2), 9 * np.eye(2)]))
    found = barycentres(round_, np.zeros(2, int), np.array([0])).covariance[0]
    assert found == pytest.approx(4 * np.eye(2))


def test_clusters_that_are_far_apart_are_found_by_every_method():
    draw = np.random.default_rng(5)
    truth = np.repeat([0, 1, 2], 4)
    means = 20 * np.eye(3)[truth] + draw.standard_normal((12, 3))
    moments = Moments(means, np.repeat(np.eye(3)[None], 12, axis=0))
    apart = between(moments, "wasserstein")
    for labels in (
        k_means(means, 3, seed=0),
        wasserstein_k_means(moments, apart, 3, seed=0).labels,
        k_medoids(apart, 3),
        own_clusters(means[None], np.array([3]))[0, :, 0],
    ):
        assert np.array_equal(labels[:, None] == labels, truth[:, None] == truth)


def test_medoids_are_the_best_ones_of_few_neurons():
    apart = between(
        Moments(np.random.default_rng(6).random((9, 2)), np.zeros((9, 2, 2))), "euclidean"
    )
    labels = k_medoids(apart, 3)
    reached = sum(
        apart[np.ix_(own, own)].sum(axis=0).min() for own in (labels == c for c in range(3))
    )
    best = min(apart[:, list(three)].min(axis=1).sum() for three in combinations(range(9), 3))
    assert reached == pytest.approx(best)


def test_the_minimum_on_the_simplex_is_that_of_scipy():
    draw = torch.Generator().manual_seed(7)
    matrix = torch.rand(3, 8, 8, generator=draw, dtype=torch.float64)
    quadratic, linear = convex((matrix + matrix.mT) / 2), torch.rand(3, 8, generator=draw).double()
    found = minimise(quadratic, linear)
    assert (gap(quadratic, linear, found) <= 1e-8).all()
    for q, c, z in zip(quadratic.numpy(), linear.numpy(), found.numpy(), strict=True):
        peer = minimize(
            lambda z, q=q, c=c: z @ q @ z - c @ z, np.full(8, 1 / 8), method="SLSQP",
            bounds=[(0, None)] * 8, constraints={"type": "eq", "fun": lambda z: z.sum() - 1},
            options={"ftol": 1e-14, "maxiter": 1000},
        )  # fmt: skip
        assert z @ q @ z - c @ z <= peer.fun + 1e-8
        assert z.sum() == pytest.approx(1)
        assert (z >= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_all_neurons_give_the_quality_of_the_network_itself(method):
    data, stack = rows(), networks(8)
    found = curve(members(stack), data, 2, method, [1, 3], seed=0)
    held = data.held_out[0]
    given = stack(torch.from_numpy(data.inputs[held]).double())[-1].argmax(dim=-1)
    whole = (given == torch.from_numpy(data.wanted[held])).double().mean(dim=1).numpy()
    assert found.sizes.tolist() == [1, 3, 5]
    for way, quality in found.quality.items():
        assert quality.shape == (1, 8, 3)
        assert quality[0, :, -1] == pytest.approx(whole)
        full = 3 * 6 + 6 + 6 * 5 + 5 + 5 * 2 + 2
        smaller = [full - lost * (6 + 1 + 2) for lost in (4, 2, 0)]
        assert found.parameters[way].tolist() == ([full] * 3 if way == "tie" else smaller)


def test_held_out_rows_decide_nothing():
    data, stack = rows(), networks(8)
    changed = data.inputs.copy()
    changed[data.held_out[0]] = 100.0
    other = Rows(changed, data.wanted, data.held_out)
    for method in METHODS:
        both = [original(members(stack), each, 0, 2, seed=0) for each in (data, other)]
        for one, two in zip(*(curve_networks(each, method) for each in both), strict=True):
            assert torch.equal(one, two), method


def curve_networks(known, method):
    for ways in shrunk(known, method, np.array([2, 3]), 0):
        yield from (stack.flattened() for stack in ways.values())


def test_networks_that_diverged_are_left_out():
    some = members(networks(8))
    some.weights[0, 3], some.present[0, 3] = np.nan, False
    found = curve(some, rows(), 2, "rho1", [2], seed=0)
    for quality in found.quality.values():
        assert np.isnan(quality[0, 3]).all()
        assert np.isfinite(np.delete(quality[0], 3, axis=0)).all()
        assert np.isfinite(band(quality, seed=0)).all()


def test_outputs_can_only_be_tied():
    data = rows()
    numbers = Rows(data.inputs, data.inputs[:, :2], data.held_out)
    found = curve(members(networks()), numbers, 3, "rho1", "auto", seed=0)
    assert list(found.quality) == ["tie"]
    with pytest.raises(DataError, match="outputs, which cannot be left out; valid: rho1"):
        curve(members(networks()), numbers, 3, "magnitude", "auto", seed=0)


@pytest.mark.parametrize(("size", "layer", "said"), [
    (6, 2, "6 of 5 neurons cannot be left; valid: 1 to 5"),
    (0, 2, "0 of 5 neurons cannot be left; valid: 1 to 5"),
    (2, 9, "no layer 9; valid: 1 to 3"),
])  # fmt: skip
def test_sizes_and_layers_that_are_not_there_are_refused(size, layer, said):
    given = members(networks()), rows(), layer, "rho1", [size], 0
    refusal(curve, *given, words=[said])


def test_networks_that_are_no_chain_are_refused():
    some = members(networks())
    loop = Members(some.weights, some.present, [some.layers[0], some.layers[0]], "tanh")
    with pytest.raises(DataError, match="chains of dense layers only"):
        original(loop, rows(), 0, 1, seed=0)


def test_a_curve_comes_back_from_its_store_and_a_larger_one_has_a_larger_area(tmp_path):
    found = curve(members(networks(8)), rows(), 2, "own", "auto", seed=0)
    with store.create(tmp_path / "own.zarr", KIND) as writer:
        found.write(writer, 2)
    again = Curve.read(tmp_path / "own.zarr", 2)
    assert again.quality.keys() == found.quality.keys()
    assert again.quality["fold"] == pytest.approx(found.quality["fold"])
    more = Curve(found.sizes, {"fold": found.quality["fold"] + 0.25}, found.parameters)
    gained = larger_area(more, "fold", found, "fold", seed=0)
    assert (gained.low, gained.high) == pytest.approx((0.25, 0.25))


def test_a_network_that_lost_nothing_is_equivalent_and_holds_the_whole_task():
    met = list(meetings(members(networks(4)), rows(120), 2, "rho1", [1], seed=0))
    assert [one.size for one in met] == [1] * 3 + [5] * 3
    whole = judged(met[3])
    assert whole["layer"] == "equivalent"
    assert whole["linear_cka"] == pytest.approx(1)
    assert judged(met[0])["linear_cka"] < 0.999


def test_the_settings_know_every_method():
    assert get_args(Method) == METHODS

"""Means and covariances of neurons: by the ensemble, by curvature, by descent."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from sklearn.covariance import ledoit_wolf, oas

from sametask.base.errors import DataError
from sametask.config.sections.covariances_section import Descent
from sametask.config.sections.ensemble_section import Ensemble
from sametask.networks.nonlinearities import nonlinearity
from sametask.neurons.covariances import sandwich
from sametask.neurons.covariances.curvature import gauss_newton, hessian, row_gradients, steepest
from sametask.neurons.covariances.descent import Path, borders, descend
from sametask.neurons.covariances.estimators import estimate
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.neurons.covariances.resampled import resampled
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.populations.layout import biased_layers

RANDOM = np.random.default_rng(0)


def networks(widths, classified, rows=40, decay=0.0):
    """An objective, the weights (1, P) of a network, and rows."""
    layers = biased_layers(widths)
    count = sum(layer.of_units.size for layer in layers)
    weights = torch.from_numpy(RANDOM.normal(size=(1, count)))
    inputs = RANDOM.normal(size=(rows, widths[0]))
    wanted = (
        RANDOM.integers(widths[-1], size=rows)
        if classified
        else RANDOM.normal(size=(rows, widths[-1]))
    )
    objective = Objective(layers, nonlinearity("tanh"), classified, decay)
    return objective, weights, Sample.of(inputs, wanted)


def ensemble(present=None):
    """Forty networks 4-3-2 with ReLU for two classes, and 60 rows of which 20 are held out."""
    layers = biased_layers([4, 3, 2])
    weights = RANDOM.normal(size=(1, 1, 23)) + 0.1 * RANDOM.normal(size=(1, 40, 23))
    present = np.ones((1, 40), bool) if present is None else present
    inputs = RANDOM.normal(size=(60, 4))
    held_out = np.arange(60)[None] < 20
    rows = Rows(inputs, (inputs[:, 0] > 0).astype(int), held_out)
    return Members(weights, present, layers, "relu"), rows


def asked(**settings):
    descent = {"steps": 60, "chains": 3, "batch": 8}
    covariances = {"descent": descent, "bayes": {"steps": 40}}
    return Ensemble(neurons={"covariances": covariances, **settings})


def test_shrinkage_is_that_of_scikit_learn_and_of_every_neuron_its_own():
    rows = RANDOM.normal(size=(30, 4, 6)) * RANDOM.uniform(0.1, 3, size=(4, 6))
    plain = resampled(rows, "none")
    for neuron in range(4):
        np.testing.assert_allclose(plain.covariance[neuron], np.cov(rows[:, neuron].T))
        for name, reference in (("ledoit-wolf", ledoit_wolf), ("oas", oas)):
            found = resampled(rows, name).covariance[neuron]
            # The reference divides by N, not N − 1.
            np.testing.assert_allclose(found, reference(rows[:, neuron])[0] * 30 / 29)
    np.testing.assert_allclose(resampled(rows, "none", 2.0).covariance, 2 * plain.covariance)


def test_effective_runs_of_normal_rows_are_their_number_and_shrinkage_adds_some():
    rows = RANDOM.normal(size=(400, 30, 5)) * [1, 1, 2, 3, 1]
    assert resampled(rows, "none").facts["runs"] == pytest.approx(400, rel=0.08)
    heavy = rows * RANDOM.exponential(size=(400, 30, 1))
    assert resampled(heavy, "none").facts["runs"] < 150
    few = rows[:20]
    assert resampled(few, "oas").facts["runs"] > 1.2 * resampled(few, "none").facts["runs"]


def test_fewer_networks_than_weights_are_said_and_shrinkage_makes_them_regular():
    rows = RANDOM.normal(size=(5, 2, 9))
    plain, shrunk = (resampled(rows, name) for name in ("none", "ledoit-wolf"))
    assert "singular" in plain.facts["warning"] and "5 networks" in plain.facts["warning"]
    assert np.linalg.matrix_rank(plain.covariance[0]) == 4
    assert np.linalg.eigvalsh(shrunk.covariance).min() > 1e-3
    still = resampled(np.ones((5, 2, 9)), "ledoit-wolf")
    assert not still.covariance.any() and np.isfinite(still.facts["runs"])


def test_networks_that_diverged_are_left_out_and_nan_is_never_averaged():
    present = np.arange(40)[None] > 4
    members, rows = ensemble(present)
    members.weights[~present] = np.nan
    found = estimate("bootstrap", members, rows, asked())
    assert found.facts["left_out"] == 5 and np.isfinite(found.covariance).all()
    for name in ("sandwich-offline", "laplace"):
        assert np.isfinite(estimate(name, members, rows, asked()).covariance).all()
    members.weights[0, 7, 0] = np.inf
    with pytest.raises(DataError, match="not finite"):
        estimate("bootstrap", members, rows, asked())
    members.present[:] = False
    for name, message in (("bootstrap", "two networks"), ("laplace", "all diverged")):
        with pytest.raises(DataError, match=message):
            estimate(name, members, rows, asked())


def test_names_are_checked_when_the_file_is_read():
    with pytest.raises(ValidationError, match="did you mean 'bayes-full'"):
        Ensemble(neurons={"estimators": ["bayes-ful"]})
    with pytest.raises(ValidationError, match="layers one after another.*use bootstrap"):
        Ensemble(data={"of": "gait"}, network={"kind": "ode"}, neurons={"estimators": ["laplace"]})
    with pytest.raises(ValidationError, match="linear does not fit data of iris"):
        Ensemble(network={"kind": "linear"})
    with pytest.raises(ValidationError, match=r"neurons.layer: 3, but the network has 2 layers"):
        asked(layer=3)


@pytest.mark.parametrize("classified", [True, False])
def test_curvature_and_gradients_are_those_of_the_mean_loss(classified):
    objective, weights, sample = networks([3, 4, 2], classified, decay=0.1)
    places = torch.arange(weights.shape[1])

    def loss(flat):
        return objective.losses(flat[None], sample).sum()

    exact = torch.autograd.functional.hessian(loss, weights[0])
    torch.testing.assert_close(hessian(objective, weights, sample, places), exact)
    slope = row_gradients(objective, weights, sample, places).mean(dim=0)
    torch.testing.assert_close(slope, torch.autograd.functional.jacobian(loss, weights[0]))
    jacobian = torch.autograd.functional.jacobian(
        lambda flat: objective.outputs(flat[None], sample.inputs)[0], weights[0]
    )
    shares = objective.outputs(weights, sample.inputs)[0].softmax(dim=1)
    middle = torch.diag_embed(shares) - shares[:, :, None] * shares[:, None]
    middle = middle if classified else torch.eye(2, dtype=torch.float64).expand(40, 2, 2)
    expected = torch.einsum("nip,nij,njq->pq", jacobian, middle, jacobian) / 40
    found = gauss_newton(objective, weights, sample, places)
    torch.testing.assert_close(found, expected + 0.1 * torch.eye(len(places)))
    largest = torch.linalg.eigvalsh(found)[-1]
    torch.testing.assert_close(steepest(objective, weights, sample)[0], largest, rtol=1e-2, atol=0)


def test_curvature_at_several_points_is_their_mean():
    objective, weights, sample = networks([3, 2], classified=True)
    points = torch.cat([weights, weights + 0.5])
    both = Sample(sample.inputs[0].unflatten(0, (2, 20)), sample.wanted[0].unflatten(0, (2, 20)))
    places = torch.tensor([0, 5, 7])
    for measure in (hessian, gauss_newton):
        each = [measure(objective, points[i, None], both.one(i), places) for i in (0, 1)]
        torch.testing.assert_close(measure(objective, points, both, places), sum(each) / 2)


def test_an_indefinite_hessian_gives_way_to_gauss_newton_which_is_damped_and_said():
    objective, weights, sample = networks([3, 4, 2], classified=False)
    groups = sandwich.groups(objective.layers, 1)
    _, facts = sandwich.sandwich(objective, weights, sample, groups, 1e-2)
    assert facts["matrix"] == "Gauss–Newton" and facts["eigenvalue"] < 0 and facts["damped"] > 0
    inverse, floor, raised = sandwich.damped_inverse(torch.diag(torch.tensor([1e-9, 0.5, 2])), 0.1)
    torch.testing.assert_close(inverse.diagonal(), torch.tensor([5.0, 2.0, 0.5]))
    assert raised == 1 and floor == pytest.approx(0.2)
    with pytest.raises(DataError, match="Hessian is zero"):
        sandwich.damped_inverse(torch.zeros(2, 2), 0.1)


def test_large_networks_have_a_matrix_for_each_neuron(monkeypatch):
    objective, weights, sample = networks([3, 4, 2], classified=True)
    whole = sandwich.groups(objective.layers, 2)
    monkeypatch.setattr(sandwich, "WHOLE", 10)
    groups = sandwich.groups(objective.layers, 2)
    assert len(whole) == 1 and len(groups) == 2
    matrix = sandwich.curved(objective, weights, sample, whole).matrices[0]
    blocks = sandwich.curved(objective, weights, sample, groups)
    assert blocks.facts["weights"] == "of each neuron"
    torch.testing.assert_close(torch.stack(blocks.matrices), whole[0].blocks(matrix))


def test_offline_sandwich_of_least_squares_is_that_of_white():
    objective, _, sample = networks([3, 1], classified=False)
    design = torch.cat([sample.inputs[0], torch.ones(40, 1)], dim=1)
    weights = torch.linalg.lstsq(design, sample.wanted[0]).solution.T
    groups = sandwich.groups(objective.layers, 1)
    found, facts = sandwich.sandwich(objective, weights, sample, groups, 1e-6)
    left = sample.wanted[0] - design @ weights.T
    bread = torch.linalg.inv(design.T @ design)
    torch.testing.assert_close(found[0] / 40, bread @ (design.T * left[:, 0] ** 2 @ design) @ bread)
    assert facts["matrix"] == "Hessian" and facts["damped"] == 0


def test_descent_reaches_the_optimum_and_refuses_to_diverge():
    objective, weights, sample = networks([3, 2], classified=True, rows=200, decay=0.05)
    settings = Descent(steps=1500, chains=4, batch=16)
    path = descend(objective, weights, sample, settings, 0)
    optimum = path.mean.requires_grad_()
    (slope,) = torch.autograd.grad(objective.losses(optimum, sample).sum(), optimum)
    # The error of the mean of 19,200 rows of the descent, times the curvature.
    assert slope.norm() < 0.02
    again = descend(objective, weights, sample, settings, 0)
    assert torch.equal(again.batches, path.batches)
    assert path.met.shape == (20, 1, 4, 8) and borders(1500).diff().min() > 100
    with pytest.raises(DataError, match="diverged"):
        descend(objective, weights * torch.inf, sample, settings, 0)


def test_batch_means_of_independent_steps_are_their_covariance():
    lengths, root = torch.tensor([10.0, 40.0]), torch.tensor([[2.0, 0.0], [1.0, 0.5]])
    noise = torch.randn(2, 1, 4000, 2, generator=torch.Generator().manual_seed(0))
    batches = 3 + noise @ root.T / lengths[:, None, None, None].sqrt()
    path = Path(batches.double(), lengths.double(), torch.zeros(0), torch.zeros(0))
    found = sandwich.batch_means(path, torch.tensor([[0, 1]]), batch=1)[0, 0]
    torch.testing.assert_close(found, (root @ root.T).double(), rtol=0.05, atol=0.05)


@pytest.mark.parametrize(
    "name", ["sandwich-online", "sandwich-batch-means", "bayes-low-rank", "laplace"]
)
def test_every_estimate_is_finite_symmetric_and_the_same_again(name):
    members, rows = ensemble()
    found, again = (estimate(name, members, rows, asked()) for _ in range(2))
    assert found.mean.shape == (3, 5) and found.covariance.shape == (3, 5, 5)
    np.testing.assert_array_equal(found.covariance, again.covariance)
    np.testing.assert_allclose(found.covariance, found.covariance.transpose(0, 2, 1))
    assert np.linalg.eigvalsh(found.covariance).min() > 0

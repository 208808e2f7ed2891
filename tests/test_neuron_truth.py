"""Estimators where the covariance is known, and Bayesian layers beside exact posteriors."""

import numpy as np
import pytest
import torch
from torch.distributions import MultivariateNormal, kl_divergence

from sametask.base.errors import ConfigError
from sametask.config.sections.covariances_section import ESTIMATORS, Bayes
from sametask.config.sections.ensemble_section import Ensemble
from sametask.networks.nonlinearities import nonlinearity
from sametask.neurons.covariances.bayes import Evidence, fit
from sametask.neurons.covariances.distributions import NormalNeurons, entries
from sametask.neurons.covariances.laplace import laplace
from sametask.neurons.covariances.objective import Objective, Sample
from sametask.neurons.covariances.replications import least_squares, resampled_counts, with_ones
from sametask.neurons.covariances.sandwich import groups
from sametask.neurons.covariances.truth import analytic, inside, judged, relative_error
from sametask.neurons.data.linear import linear_gaussian, linear_rows, true_weights
from sametask.neurons.moments import Moments
from sametask.populations.layout import biased_layers

LINEAR = {"of": "linear_gaussian", "inputs": 3, "rows": 400, "condition": 10}
PRIOR = 0.5


def asked(**covariances):
    return Ensemble(
        data=LINEAR,
        network={"kind": "linear"},
        training={"members": 200},
        neurons={"gauges": ["none"], "covariances": {"prior_variance": 100} | covariances},
    )


def regression():
    """The objective, the least squares (1, P), and the rows of a linear layer."""
    inputs, wanted = linear_gaussian(asked().data, 0, 300)
    objective = Objective(biased_layers([3, 1]), nonlinearity("identity"), classified=False)
    best = least_squares(inputs, wanted, np.ones((1, 300)))
    return objective, torch.from_numpy(best), Sample.of(inputs, wanted)


def posterior(objective, best, sample):
    """The exact covariance of the weights under the prior, with the noise of the residuals."""
    design = with_ones(sample.inputs[0].numpy())
    noise = float(objective.noise(best, sample))
    return np.linalg.inv(design.T @ design / noise + np.eye(4) / PRIOR)


def test_rows_have_the_condition_that_is_asked_and_another_replication_other_noise():
    settings = asked().data
    inputs, wanted = linear_gaussian(settings, 1, 20_000)
    values = np.linalg.eigvalsh(np.cov(inputs.T))
    assert values[-1] / values[0] == pytest.approx(10, rel=0.1)
    left = wanted[:, 0] - with_ones(inputs) @ true_weights(settings, 1)
    assert left.std() == pytest.approx(1, rel=0.02)
    assert not np.allclose(linear_gaussian(settings, 1, 20, 1)[1], wanted[:20])
    rows = linear_rows(settings, 1)
    assert rows.held_out.sum() == 80 and not rows.classified and rows.outputs == 1


def test_least_squares_of_a_resample_are_those_of_the_repeated_rows():
    inputs, wanted = linear_gaussian(asked().data, 0, 50)
    counts = resampled_counts(50, 3, np.random.default_rng(0))
    assert (counts.sum(axis=1) == 50).all()
    repeated = np.repeat(np.arange(50), counts[1].astype(int))
    expected = np.linalg.lstsq(with_ones(inputs[repeated]), wanted[repeated])[0][:, 0]
    np.testing.assert_allclose(least_squares(inputs, wanted, counts)[1], expected)


@pytest.mark.parametrize("form", ["full", "diagonal", "low-rank", "block-diagonal"])
def test_divergence_is_that_of_torch(form):
    layer = biased_layers([5, 3])[0]
    start = torch.randn(2, 18, generator=torch.Generator().manual_seed(0)).double()
    used = entries(6, form, Bayes(block=4, rank=2))
    neurons = NormalNeurons.around(start, layer, used, torch.tensor([0.3, 0.7]).double())
    with torch.no_grad():
        neurons.factor.add_(0.2 * torch.randn_like(neurons.factor))
        spread = neurons.spread
        normal = MultivariateNormal(neurons.mean, spread @ spread.mT)
        prior = MultivariateNormal(torch.zeros(6).double(), PRIOR * torch.eye(6).double())
        torch.testing.assert_close(
            neurons.divergence(PRIOR), kl_divergence(normal, prior).sum(dim=1)
        )
        covariance = (spread @ spread.mT)[0, 0]
    if form == "block-diagonal":
        assert not covariance[:4, 4:].any() and covariance[:4, :4].all()
    assert (form != "diagonal") or torch.equal(covariance, covariance.diagonal().diag())


def test_laplace_of_a_linear_layer_is_its_posterior():
    objective, best, sample = regression()
    found, facts = laplace(objective, best, sample, groups(objective.layers, 1), PRIOR, 300)
    np.testing.assert_allclose(found[0], posterior(objective, best, sample), rtol=1e-9)
    assert facts["noise"] == pytest.approx(1, rel=0.2)


def test_laplace_agrees_with_laplace_torch():
    peer = pytest.importorskip("laplace", reason="laplace-torch is not installed")
    objective, best, sample = regression()
    model = torch.nn.Linear(3, 1).double()
    model.weight.data, model.bias.data = best[:, :3], best[0, 3:]
    data = torch.utils.data.TensorDataset(sample.inputs[0], sample.wanted[0])
    noise = float(objective.noise(best, sample))
    theirs = peer.Laplace(
        model, "regression", subset_of_weights="all", hessian_structure="full",
        sigma_noise=noise**0.5, prior_precision=1 / PRIOR,
    )  # fmt: skip
    theirs.fit(torch.utils.data.DataLoader(data, batch_size=100))
    ours, _ = laplace(objective, best, sample, groups(objective.layers, 1), PRIOR, 300)
    torch.testing.assert_close(ours[0], theirs.posterior_covariance.detach())


def test_bayesian_layers_find_the_posterior_and_a_diagonal_one_its_precision():
    objective, best, sample = regression()
    exact = posterior(objective, best, sample)
    evidence = Evidence(objective, objective.noise(best, sample), PRIOR, 300)
    settings = Bayes(steps=800, batch=64)
    full = fit(evidence, best, sample, 1, "full", settings, 0)
    assert relative_error(full.covariance[0, 0].numpy(), exact) < 0.15
    assert full.bound[-1] > full.bound[0] - 0.05
    # The best independent weights have the inverse of the diagonal of the precision.
    single = fit(evidence, best, sample, 1, "diagonal", settings, 0).covariance[0, 0].numpy()
    independent = np.diag(1 / np.diag(np.linalg.inv(exact)))
    assert relative_error(single, independent) < 0.1
    assert np.trace(single) < np.trace(exact)


def test_ellipsoids_of_the_truth_hold_95_percent():
    root = np.array([[2.0, 0.0], [1.0, 0.1]])
    means = np.random.default_rng(0).normal(size=(4000, 2)) @ root.T
    covariance = np.broadcast_to(root @ root.T, (4000, 2, 2))
    assert inside(means, covariance, np.zeros(2)).mean() == pytest.approx(0.95, abs=0.01)


def test_every_estimator_is_judged_and_those_with_all_covariances_are_right():
    descent = {"steps": 400, "chains": 48, "batch": 8}
    settings = asked(replications=20, descent=descent, bayes={"steps": 500})
    rows = linear_rows(settings.data, settings.seed)
    truth = analytic(rows.inputs[~rows.held_out[0]], 1.0)
    found = judged(
        rows, {name: Moments(np.zeros((1, 4)), truth[None]) for name in ESTIMATORS}, settings
    )
    assert found["rows"] == 320 and found["replications"] == 20
    errors = {name: one["errors"]["estimate"] for name, one in found["estimators"].items()}
    for name in ESTIMATORS:
        assert found["estimators"][name]["error"] == 0
        assert errors[name] < (0.35 if name.startswith(("sand", "boot")) else 1)
    assert errors["laplace"] < 0.12 < errors["bayes-diagonal"]
    assert found["estimators"]["sandwich-offline"]["coverage"]["estimate"] > 0.8


def test_no_truth_is_known_of_other_data():
    rows = linear_rows(asked().data, 0)
    with pytest.raises(ConfigError, match="no covariance is known of iris; use linear_gaussian"):
        judged(rows, {}, Ensemble())

"""How well initialisers can be told of untrained networks at all."""

import numpy as np
import pytest
import torch
from refusals import refusal
from scipy import stats

from sametask.populations.initialisers import INITIALISERS, distribution, drawn
from sametask.populations.layout import LayerWeights, dense_layers
from sametask.populations.stored import CHECKPOINT, Facts, StoredPopulation
from sametask.storage import store
from sametask.weights import initial
from sametask.weights.initial import log_likelihoods, simulated_limit, stored_limit

LAYERS = dense_layers([16, 5, 4])
SIX = ["uniform", "normal", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"]
EACH = 40


def written(path, names=SIX, epochs=(0, 1)):
    """A population whose networks have forgotten at their second checkpoint how they began."""
    random = torch.Generator().manual_seed(0)
    begun = [
        torch.cat([drawn(name, layer.shape[:2], random).flatten() for layer in LAYERS])
        for name in SIX
        for _ in range(EACH)
    ]
    weights = torch.stack(begun)[:, None].repeat(1, 2, 1)
    weights[:, 1] = 0.01
    count = len(weights)
    kinds = {"initialiser": (list(names), np.repeat(np.arange(len(SIX)), EACH))}
    with store.create(path, "population") as writer:
        writer.array("weights", weights, [*CHECKPOINT, "weight"])
        writer.array("present", np.ones((count, 2), bool), CHECKPOINT)
        Facts(np.array(epochs), LAYERS, np.arange(count) % 2, kinds, {}).write(writer)
    return StoredPopulation.read(path)


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return written(tmp_path_factory.mktemp("population") / "population.zarr")


@pytest.mark.parametrize("name", INITIALISERS)
def test_the_density_is_that_of_what_is_drawn(name):
    shape = (300, 200)
    weights = drawn(name, shape, torch.Generator().manual_seed(0)).double().flatten()
    density = distribution(name, shape).log_density
    assert density(weights).isfinite().all()
    counts, edges = np.histogram(weights.numpy(), bins=30)
    middle = torch.from_numpy((edges[1:] + edges[:-1]) / 2)
    wanted = len(weights) * np.diff(edges) * density(middle).exp().numpy()
    often = wanted > 50
    assert often.sum() > 15
    np.testing.assert_allclose(counts[often], wanted[often], rtol=0.6)
    # Σ(counts − wanted)² / wanted is near the number of bins.
    assert (((counts - wanted) ** 2 / wanted)[often]).mean() < 2.5
    everywhere = torch.linspace(-8, 8, 200_001, dtype=torch.double)
    assert density(everywhere).exp().mean() * 16 == pytest.approx(1, abs=2e-3)


def test_densities_are_those_of_scipy():
    values = torch.tensor([-2.0, -0.3, 0.0, 0.1, 0.7, 1.5])
    normal = distribution("kaiming_normal", (4, 8)).log_density(values)
    np.testing.assert_allclose(normal, stats.norm(scale=0.5).logpdf(values), rtol=1e-6)
    uniform = distribution("xavier_uniform", (4, 8)).log_density(values)
    np.testing.assert_allclose(uniform, stats.uniform(-(0.5**0.5), 2**0.5).logpdf(values))


@pytest.mark.parametrize("shape", [(5, 16), (4, 5), (8, 3, 9)])
@pytest.mark.parametrize("name", SIX)
def test_weights_are_those_that_torch_draws(name, shape):
    ours = drawn(name, shape, torch.Generator().manual_seed(3))
    theirs = getattr(torch.nn.init, f"{name}_")
    given = {"a": 0.0, "b": 1.0} if name == "uniform" else {}
    random = torch.Generator().manual_seed(3)
    assert torch.equal(ours, theirs(torch.empty(shape), **given, generator=random))


def test_the_likelihood_is_of_all_kernels_and_of_no_bias():
    layers = [LayerWeights(0, (3, 1, 4), bias=12), LayerWeights(15, (2, 3, 1), bias=21)]
    weights = torch.rand(7, 23, generator=torch.Generator().manual_seed(0))
    weights[:, 12:15], weights[:, 21:] = 9.0, -9.0
    found = log_likelihoods(weights, layers, ["uniform", "normal", "kaiming_normal"])
    kernels = torch.cat([weights[:, :12], weights[:, 15:21]], dim=1)
    np.testing.assert_allclose(found[:, 0], 0)
    np.testing.assert_allclose(found[:, 1], stats.norm.logpdf(kernels).sum(axis=1), rtol=1e-5)
    first = stats.norm(scale=(2 / 4) ** 0.5).logpdf(weights[:, :12]).sum(axis=1)
    last = stats.norm(scale=(2 / 3) ** 0.5).logpdf(weights[:, 15:21]).sum(axis=1)
    np.testing.assert_allclose(found[:, 2], first + last, rtol=1e-5)


def test_the_truth_is_the_most_likely_but_where_two_are_alike(population, monkeypatch):
    monkeypatch.setattr(initial, "SIMULATED", 500)
    test = np.flatnonzero(population.split == 1)
    for found in (stored_limit(population, test, 0), simulated_limit(population, 0)):
        each = found.confusion.sum(axis=1)
        assert (each == each[0]).all()
        right = np.diagonal(found.confusion) / each
        assert (right[[0, 1, 2, 4]] > 0.995).all()
        assert (right[[3, 5]] > 0.75).all()
        assert found.confusion[3, 5] + found.confusion[5, 3] > 0
        assert found.f1.low <= found.f1.estimate <= found.f1.high
    # The trial of many networks by another program has 0.966.
    assert found.f1.estimate == pytest.approx(0.966, abs=0.01)
    assert found.plain()["confusion"][0][0] == 500


def test_an_unknown_initialiser_or_start_is_refused(tmp_path):
    names = [*SIX[:-1], "kaiming_norma"]
    misspelt = written(tmp_path / "misspelt.zarr", names)
    refusal(simulated_limit, misspelt, 0, words=["'kaiming_norma' is not known", "kaiming_normal"])
    late = written(tmp_path / "late.zarr", epochs=(2, 3))
    refusal(stored_limit, late, np.arange(4), 0, words=["late.zarr", "of epoch 2, not 0"])

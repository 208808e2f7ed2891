"""Weights that come back of codes: canonical order, scores, stores, accuracy from codes."""

import numpy as np
import pytest
import torch
from population_stores import DENSE, drawn, mixed_population, write_population
from refusals import refusal
from torch import nn

from sametask.config.sections.codes_section import Codes
from sametask.populations.images import Images
from sametask.populations.stored import StoredPopulation
from sametask.storage import store
from sametask.weights.attention import SIZES
from sametask.weights.autoencoders import Autoencoder, autoencoder_named
from sametask.weights.canonical import canonical
from sametask.weights.codes import tell_accuracy
from sametask.weights.compression import answers
from sametask.weights.questions import ask, divided
from sametask.weights.reconstruction import accuracies, codes, judge
from sametask.weights.rows import flips_of
from sametask.weights.stored_codes import StoredCodes, write_parameters
from sametask.weights.symmetries import hidden_units, shuffled

FEW = Codes(numbers=3)


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return mixed_population(tmp_path_factory.mktemp("population"))


def outputs_alone(weights, activation, inputs):
    """What one network answers, computed by modules of torch."""
    network = nn.Sequential(
        nn.Linear(16, 5, bias=False), activation, nn.Linear(5, 4, bias=False)
    )  # fmt: skip
    network[0].weight.data = weights[:80].reshape(5, 16)
    network[2].weight.data = weights[80:].reshape(4, 5)
    return network(inputs).detach()


def test_networks_answer_as_torch_does_each_with_its_activation():
    weights, inputs = drawn(2), drawn(7, 16, 1)
    found = answers(weights, torch.tensor([True, False]), DENSE, inputs)
    torch.testing.assert_close(found[0], outputs_alone(weights[0], nn.Tanh(), inputs))
    torch.testing.assert_close(found[1], outputs_alone(weights[1], nn.ReLU(), inputs))


def answers_of(weights, population):
    tanh = torch.from_numpy(np.repeat(flips_of(population)[:, None], 4, axis=1))
    there = torch.from_numpy(population.present)
    return answers(torch.from_numpy(weights)[there], tanh[there], DENSE, drawn(9, 16, 1))


def test_canonical_weights_answer_as_before(population):
    found = canonical(population)
    before, after = (answers_of(some, population) for some in (population.weights, found.weights))
    torch.testing.assert_close(before, after, rtol=1e-4, atol=1e-4)
    assert (found.weights[~population.present] == 0).all()
    assert found.weights.dtype == population.weights.dtype


def test_the_order_and_the_signs_are_those_that_were_applied(population):
    found, (units,) = canonical(population), hidden_units(DENSE)
    tanh = flips_of(population)[:, None] & population.present
    weights = torch.from_numpy(population.weights[tanh])
    order, signs = (torch.from_numpy(some[0][tanh]) for some in (found.orders, found.signs))
    moved = units.flipped(units.reordered(weights, order.long()), signs.float())
    np.testing.assert_allclose(moved, found.weights[tanh], rtol=1e-6)
    assert (found.signs[0][~flips_of(population)[:, None] & population.present] == 1).all()


def test_what_becomes_of_a_checkpoint_depends_on_it_and_on_the_training_half_alone(tmp_path):
    population = StoredPopulation.read(write_population(tmp_path))
    first = canonical(population)
    test = np.flatnonzero(population.split == 1)
    flips = torch.from_numpy(flips_of(population)[test])
    moved = population.weights.copy()
    for checkpoint in range(4):
        some = torch.from_numpy(moved[test, checkpoint])
        moved[test, checkpoint] = shuffled(some, DENSE, flips, torch.Generator().manual_seed(5))
    assert not np.array_equal(moved, population.weights)
    population.weights = moved
    second = canonical(population)
    np.testing.assert_array_equal(first.template, second.template)
    np.testing.assert_allclose(first.weights, second.weights, rtol=1e-5, atol=1e-6)


def test_an_activation_without_known_symmetries_is_refused(tmp_path):
    other = StoredPopulation.read(write_population(tmp_path, kinds={"activation": ["gelu"]}))
    refusal(canonical, other, words=["'gelu'"])


def perfect():
    return Autoencoder(nn.Identity(), nn.Identity(), 100).eval()


def images():
    return Images(drawn(40, 16, 3), torch.arange(40) % 4)


def test_accuracies_are_those_of_every_network_and_absent_ones_are_zero(population):
    some, seen = np.array([2, 3]), images()
    found = accuracies(population.weights[some], population.present[some], population, some, seen)
    for row, activation in enumerate((nn.Tanh(), nn.ReLU())):
        weights = torch.from_numpy(population.weights[some[row], 1])
        right = outputs_alone(weights, activation, seen.pixels).argmax(dim=1) == seen.classes
        assert found[row, 1] == pytest.approx(right.double().mean().item())
    assert found[1, 2] == 0


def test_weights_that_come_back_are_judged_as_such(population):
    accuracy, networks = ask(population, "accuracy", 0), divided(population.split, 0)
    given = population.weights, population, accuracy, networks
    found = judge(perfect(), *given, images(), seed=0)
    assert found.scores["r2"]["estimate"] == found.scores["r2_average"]["estimate"] == 1
    assert found.scores["chosen_by"] == 1
    test = networks.test
    counted, own = accuracy.counted[test], accuracy.values[test]
    share = found.accuracy[counted].sum() / own[counted].sum()
    assert found.scores["kept_accuracy"]["estimate"] == pytest.approx(share)
    last = counted[:, -1]
    share = found.accuracy[last, -1].sum() / own[last, -1].sum()
    assert found.scores["kept_accuracy_last"]["estimate"] == pytest.approx(share)
    without = judge(perfect(), *given, None, seed=0)
    assert without.accuracy is None and set(without.scores) == {"r2", "r2_average", "chosen_by"}


def test_an_autoencoder_that_loses_all_explains_nothing(population):
    accuracy, networks = ask(population, "accuracy", 0), divided(population.split, 0)
    model = perfect()
    model.scale.copy_(torch.tensor(1e9))
    model.decoder = nn.Threshold(1e9, 0.0)
    found = judge(model, population.weights, population, accuracy, networks, None, seed=0)
    assert found.scores["r2"]["estimate"] == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("name", ["pca-raw", "perceptron-aligned", "attention-2-raw"])
def test_an_autoencoder_comes_back_from_its_store(tmp_path, population, name):
    model = autoencoder_named(name).built(DENSE, 3, SIZES["size"])
    model.begin(torch.from_numpy(population.weights[population.present]))
    code = codes(model.eval(), population.weights, population.present)
    assert code.shape == (24, 4, 3) and (code[~population.present] == 0).all()
    parents = {"population": population.store.digest}
    with store.create(tmp_path / "codes.zarr", "codes", parents=parents) as writer:
        writer.array("code", code, ["network", "checkpoint", "number"])
        write_parameters(writer, model)
        writer.attributes |= {"autoencoder": name, "settings": FEW.plain()}
    stored = StoredCodes.read(tmp_path / "codes.zarr", population)
    again = stored.autoencoder(DENSE)
    assert np.array_equal(codes(again, population.weights, population.present), stored.code)
    assert torch.equal(again(drawn(5)), model(drawn(5)))
    other = StoredPopulation.read(write_population(tmp_path, seed=1))
    refusal(StoredCodes.read, tmp_path / "codes.zarr", other, words=["another population"])


def test_accuracy_is_told_from_the_codes_that_say_it(population):
    accuracy, networks = ask(population, "accuracy", 0), divided(population.split, 0)
    random = np.random.default_rng(0)
    nothing = random.standard_normal((24, 4, 2)).astype(np.float32)
    telling = nothing.copy()
    telling[..., 1] = np.nan_to_num(accuracy.values)
    given = {"nothing": nothing, "telling": telling, "other": nothing[..., ::-1].copy()}
    found = tell_accuracy(given, accuracy, population, networks, 100, seed=0)
    assert found.chosen == "telling"
    scores = {name: ways["linear"].scores["r2"]["estimate"] for name, ways in found.told.items()}
    assert scores["telling"] > 0.99 > 0.5 > scores["nothing"]
    assert found.told["telling"]["network"].scores["r2"]["estimate"] > 0.5

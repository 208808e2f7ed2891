"""Autoencoders of weights: where they begin, and what they learn."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from population_stores import DENSE, drawn, mixed_population
from refusals import refusal
from sklearn.decomposition import PCA

from sametask.base.errors import ConfigError
from sametask.config.sections.codes_section import Codes
from sametask.weights.attention import SIZES, Size
from sametask.weights.autoencoders import AUTOENCODERS, autoencoder_named
from sametask.weights.compression import Course, answers, learn, plan_of
from sametask.weights.noise import noisy
from sametask.weights.questions import ask, divided
from sametask.weights.rows import Rows, lesson

FEW = Codes(numbers=3)


@pytest.fixture(scope="module")
def population(tmp_path_factory):
    return mixed_population(tmp_path_factory.mktemp("population"))


@pytest.fixture
def known(population):
    """What is learned from: weights, and images as well."""
    accuracy, networks = ask(population, "accuracy", 0), divided(population.split, 0)
    return lesson(population.weights, accuracy, population, networks, drawn(50, 16))


@pytest.mark.parametrize("name", ["pca-raw", "perceptron-aligned", "perceptron-answers-raw"])
def test_it_begins_as_principal_components(name):
    weights = drawn(300) @ drawn(100, seed=1) + 3
    model = autoencoder_named(name).built(DENSE, 7, Size())
    model.begin(weights)
    model.eval()
    known = PCA(7, svd_solver="full").fit(weights.double())
    wanted = known.inverse_transform(known.transform(weights.double()))
    with torch.no_grad():
        np.testing.assert_allclose(model(weights), wanted, rtol=1e-3, atol=1e-2)
        code = model.encode(weights)
    torch.testing.assert_close(code.T @ code / 300, torch.eye(7), rtol=0, atol=1e-3)


@pytest.mark.parametrize("name", AUTOENCODERS)
def test_every_autoencoder_gives_weights_and_codes_of_the_right_shape(name):
    model = autoencoder_named(name).built(DENSE, 20, SIZES["size"])
    model.begin(drawn(50))
    assert model.encode(drawn(4)).shape == (4, 20)
    assert model(drawn(4)).shape == (4, 100)


def test_a_name_that_is_not_there_is_refused_with_the_nearest():
    refusal(autoencoder_named, "pca-aligend", words=["'pca-aligend'", "pca-aligned"])
    with pytest.raises(ConfigError):
        autoencoder_named("pca-raw-noisy-code")


@pytest.mark.parametrize("decibels", [-10, 0, 10])
def test_noise_has_its_ratio_in_every_row(decibels):
    rows = torch.tensor([[1.0], [30.0]]) * drawn(2, 50_000)
    noise = noisy(rows, decibels, torch.Generator().manual_seed(1)) - rows
    power = [some.square().mean(dim=1) for some in (rows, noise)]
    torch.testing.assert_close(
        10 * (power[0] / power[1]).log10(), torch.full((2,), float(decibels)), rtol=0, atol=0.1
    )


def course(name, known, settings=FEW):
    named = autoencoder_named(name)
    model = named.built(known.layers, settings.numbers, SIZES["size"])
    model.begin(known.learn.inputs)
    return Course(model.eval(), named, known, settings, 64)


def test_only_networks_in_raw_order_are_shuffled(known):
    random = torch.Generator().manual_seed(0)
    kept = {tuple(row) for row in known.learn.inputs.tolist()}
    batch = course("perceptron-aligned", known).drawn(random).inputs
    assert {tuple(row) for row in batch.tolist()} <= kept
    orders = course("perceptron-raw", known).drawn(random).inputs
    assert not {tuple(row) for row in orders.tolist()} <= kept
    sizes = {tuple(row) for row in known.learn.inputs.sort(dim=1).values.tolist()}
    assert {tuple(row) for row in orders.sort(dim=1).values.tolist()} <= sizes


def test_signs_are_shuffled_only_if_asked_and_never_with_relu(known):
    settings = FEW.model_copy(update={"shuffling": "orders-and-signs"})
    batch = course("perceptron-raw", known, settings).drawn(torch.Generator().manual_seed(0))
    sums = {round(value, 3) for value in known.learn.inputs.sum(dim=1).tolist()}
    same = torch.tensor([round(value, 3) in sums for value in batch.inputs.sum(dim=1).tolist()])
    assert same[~batch.flips].all() and not same[batch.flips].all()
    sizes = {tuple(row) for row in known.learn.inputs.abs().sort(dim=1).values.tolist()}
    assert {tuple(row) for row in batch.inputs.abs().sort(dim=1).values.tolist()} <= sizes


def test_the_loss_is_the_share_of_variance_and_how_far_answers_are_apart(known):
    plain, taught = (course(f"perceptron{kind}-aligned", known) for kind in ("", "-answers"))
    rows = known.choose
    decoded = plain.model(rows.inputs).detach()
    losses = [one.lost(decoded, rows, torch.Generator().manual_seed(0)) for one in (plain, taught)]
    wanted = (decoded - rows.inputs).square().mean() / known.learn.inputs.var(correction=0)
    assert losses[0] == pytest.approx(wanted.item(), rel=0.05)
    asked = known.images[torch.randint(50, (32,), generator=torch.Generator().manual_seed(0))]
    p, q = (
        answers(some, rows.flips, DENSE, asked).softmax(dim=2) for some in (rows.inputs, decoded)
    )
    apart = (p * (p / q).log()).sum(dim=2).mean()
    assert losses[1] - losses[0] == pytest.approx(FEW.answers * apart.item(), rel=1e-3)
    assert taught.lost(rows.inputs, rows, torch.Generator().manual_seed(0)) == 0


def test_answers_of_networks_that_others_trained_cannot_be_learned(known):
    without = replace(known, images=None)
    refusal(
        learn, autoencoder_named("perceptron-answers-raw"), without, FEW, 2, 0,
        words=["trained here"],
    )  # fmt: skip


@pytest.mark.parametrize("place", ["input", "code"])
def test_noise_is_added_where_the_name_says(known, place):
    noisy_one, plain = (
        course(f"perceptron-aligned{tail}", known) for tail in (f"-noisy-{place}", "")
    )
    plain.model.load_state_dict(noisy_one.model.state_dict())
    rows, random = known.choose.inputs, torch.Generator().manual_seed(0)
    model, same = plain.model, torch.Generator().manual_seed(0)
    with torch.no_grad():
        found, clean = (one.decoded(rows, random) for one in (noisy_one, plain))
        if place == "input":
            wanted = model(noisy(rows, 10, same))
        else:
            wanted = model.decode(noisy(model.encode(rows), 10, same))
    torch.testing.assert_close(found, wanted)
    assert (found - clean).abs().max() > 0.01


def curved(count, seed):
    """Weights on a surface of two numbers that no plane contains."""
    places = drawn(count, 2, seed).numpy()
    bent = np.concatenate([places, np.sin(3 * places), places**2], axis=1)
    return (bent @ np.random.default_rng(9).standard_normal((6, 100))).astype(np.float32)


def test_a_surface_is_learned_better_than_by_principal_components(known):
    learned, chosen = (torch.from_numpy(curved(count, seed)) for count, seed in ((800, 1), (99, 2)))
    many = replace(
        known,
        learn=Rows(learned, torch.zeros(800), torch.ones(800, dtype=bool)),
        choose=Rows(chosen, torch.zeros(99), torch.ones(99, dtype=bool)),
    )
    missed = {}
    for name in ("pca-aligned", "perceptron-aligned"):
        model, curve = learn(autoencoder_named(name), many, Codes(numbers=2), 120, seed=0)
        assert not model.training
        assert (curve is None) == (name == "pca-aligned")
        with torch.no_grad():
            missed[name] = (model(chosen) - chosen).square().mean()
    assert missed["perceptron-aligned"] < 0.6 * missed["pca-aligned"]


def test_the_same_seed_gives_the_same_autoencoder(known):
    first, second, other = (
        learn(autoencoder_named("attention-2-raw"), known, FEW, 3, seed)[0].state_dict()
        for seed in (0, 0, 1)
    )
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


def test_the_long_training_is_that_of_the_source_and_steps_are_the_most():
    named = autoencoder_named("attention-2-raw")
    long = plan_of(named, Codes(training="paper"), 37_500, None)
    assert long.steps * long.batch == pytest.approx(8000 * 37_500, rel=1e-3)
    assert plan_of(named, Codes(), 37_500, 5).steps == 5
    assert plan_of(named, Codes(), 37_500, 10**9).steps == named.kind.plan.steps
    assert plan_of(autoencoder_named("pca-raw"), Codes(), 37_500, None) is None


def test_a_code_of_more_numbers_than_weights_is_refused(known):
    named, many = autoencoder_named("pca-raw"), Codes(numbers=101)
    refusal(learn, named, known, many, None, 0, words=["codes.numbers: 101 for 100 weights"])

"""Populations of convolutional networks on digits: each is trained as it would be alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from refusals import refusal
from torch import nn
from torch.nn.functional import cross_entropy
from workflow_helpers import ROOT, script

from sametask.config.reading import read_model
from sametask.config.sections.population_section import Population
from sametask.populations.dropout import StackedDropout
from sametask.populations.layout import read_layers
from sametask.populations.members import blocks, facts, groups, members
from sametask.populations.networks import build
from sametask.populations.optimisers import OPTIMISERS
from sametask.populations.stored import StoredPopulation
from sametask.populations.training import _batches, images, train

TORCH = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
# The weights of a network: kernels and biases of both convolutions, and of the outputs.
WEIGHTS = 8 * 9 + 8 + 8 * 8 * 9 + 8 + 10 * 8 + 10


def population(**changes):
    """Few networks on few images, which differ in everything but dropout."""
    settings = {
        "networks": 1, "activations": ["relu", "tanh"], "optimisers": list(TORCH),
        "shares": [0.5, 1], "initialisers": ["xavier_uniform", "truncated_normal"],
        "learning_rate": {"low": 1e-3, "high": 1e-2},
        "weight_decay": {"low": 0.5, "high": 1}, "epochs": 2, "checkpoints": [0, 2],
        "batch": 16, "network": {"kind": "convolution", "channels": [8, 8]},
        "images": {"of": "digits", "train": 80},
    }  # fmt: skip
    return Population(**{**settings, **changes})


def shipped(name):
    """The settings of a population in ``config``."""
    return read_model(ROOT / f"config/populations/{name}.yaml", Population)


def group_of(settings, **wanted):
    """The first group whose networks have these values."""
    return next(
        group
        for group in groups(settings)
        if all(getattr(group[0], name) == value for name, value in wanted.items())
    )


def module(weights, activation):
    """A network of torch with given weights (P,)."""
    kinds = {"relu": nn.ReLU, "tanh": nn.Tanh}
    network = nn.Sequential(
        nn.Unflatten(1, (1, 8)), nn.Conv2d(1, 8, 3), kinds[activation](), nn.Conv2d(8, 8, 3),
        kinds[activation](), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10),
    )  # fmt: skip
    nn.utils.vector_to_parameters(weights.clone(), network.parameters())
    return network


def alone(member, settings, weights):
    """Weights of a network that torch trains by itself from given ones."""
    network, data = (
        module(weights, member.activation),
        images(settings, member.task, member.share)["train"],
    )
    optimiser = TORCH[member.optimiser](
        network.parameters(), lr=member.learning_rate, weight_decay=member.weight_decay
    )
    for epoch in _batches(data, settings):
        for rows in epoch:
            optimiser.zero_grad()
            pixels = data.pixels[rows].unflatten(1, (8, 8))
            cross_entropy(network(pixels), data.classes[rows]).backward()
            optimiser.step()
    return nn.utils.parameters_to_vector(network.parameters()).detach()


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_member_is_the_network_that_is_trained_alone(optimiser, activation):
    settings = population()
    group = group_of(settings, optimiser=optimiser, activation=activation, share=0.5)
    found = train(group, settings).weights
    for member, (begun, ended) in zip(group, found, strict=True):
        wanted = alone(member, settings, begun)
        torch.testing.assert_close(ended, wanted, rtol=1e-3, atol=1e-5)
        assert not torch.allclose(ended, begun, atol=1e-4)
    # Without the decay, training ends elsewhere: the comparison would tell.
    free = [replace(member, weight_decay=0.0) for member in group]
    other = train(free, settings).weights[:, 1]
    assert not torch.allclose(other, found[:, 1], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_move_each_member_as_torch_does(name):
    draw = torch.Generator().manual_seed(0)
    begun = [torch.randn(3, 4, 2, generator=draw), torch.randn(3, 5, generator=draw)]
    rates, decays = [0.1, 0.003, 0.02], [0.0, 0.5, 0.01]
    stacked = OPTIMISERS[name]([one.clone() for one in begun], *map(torch.tensor, (rates, decays)))
    single = [[one[member].clone() for one in begun] for member in range(3)]
    theirs = [TORCH[name](own, lr=rate, weight_decay=decay)
              for own, rate, decay in zip(single, rates, decays, strict=True)]  # fmt: skip
    for _ in range(20):
        gradients = [torch.randn(one.shape, generator=draw) for one in begun]
        stacked.step(gradients)
        for member, optimiser in enumerate(theirs):
            for parameter, gradient in zip(single[member], gradients, strict=True):
                parameter.grad = gradient[member]
            optimiser.step()
    for place, moved in enumerate(stacked.parameters):
        wanted = torch.stack([own[place] for own in single])
        torch.testing.assert_close(moved, wanted, rtol=1e-5, atol=1e-6)


def test_weights_stand_where_the_layers_say():
    settings = population()
    group = groups(settings)[0]
    network, layers = build(group, settings), facts(settings).layers
    biases = [*network.features.biases, network.scores.biases[0][:, 0]]
    with torch.no_grad():
        for bias in biases:
            bias.normal_()
    flat = network.flattened()
    assert flat.shape == (len(group), WEIGHTS) == (2, 754)
    kernels = [*network.features.kernels, network.scores.weights[0].mT]
    for layer, kernel, bias in zip(layers, kernels, biases, strict=True):
        assert torch.equal(flat[:, layer.kernel], kernel.reshape(2, *layer.kernel.shape))
        assert torch.equal(flat[:, layer.biases[:, 0]], bias)
    plain = [layer.plain() for layer in layers]
    assert [layer.plain() for layer in read_layers(plain, WEIGHTS)] == plain
    # The network that these weights stand for is that of the stack.
    pixels = torch.rand(5, 64, generator=torch.Generator().manual_seed(0))
    wanted = module(flat[1], group[1].activation)(pixels.unflatten(1, (8, 8)))
    torch.testing.assert_close(network(pixels)[1], wanted)


def test_a_network_that_diverges_disturbs_no_other():
    settings = population(optimisers=["sgd"], weight_decay=0, checkpoints=[0, 1, 2])
    group = group_of(settings, activation="relu", share=1)
    found = train(group, settings)
    assert found.present.all()
    wild = [group[0], replace(group[1], learning_rate=1e30)]
    beside = train(wild, settings)
    assert beside.present.tolist() == [[True] * 3, [True, False, False]]
    assert torch.equal(beside.weights[0], found.weights[0])


def test_dropout_is_of_each_network_alone():
    settings = population(dropout={"low": 0.1, "high": 0.6})
    group = groups(settings)[0]
    (factors,) = StackedDropout(group, settings.seed).factors([4000], 8)
    for member, own in zip(group, factors, strict=True):
        assert (own == 0).float().mean() == pytest.approx(member.dropout, abs=0.01)
        assert own[own > 0].unique().item() == pytest.approx(1 / (1 - member.dropout))
    assert StackedDropout(groups(population())[0], 0).factors([16, 4], 8) == [None, None]
    # A network is the same beside others with other probabilities; dropout changes it.
    other = replace(group[1], dropout=0.0)
    found = [train([group[0], beside], settings).weights[0] for beside in (group[1], other)]
    assert torch.equal(*found)
    assert not torch.allclose(train(groups(population())[0], settings).weights[0], found[0])


def test_a_share_is_of_the_images_to_train_on():
    settings = population(images={"of": "digits", "train": 1000})
    parts = [images(settings, "digit", share) for share in (0.1, 0.5, 1)]
    rows = [{tuple(row) for row in part["train"].pixels.tolist()} for part in parts]
    assert [len(part["train"].pixels) for part in parts] == [100, 500, 1000]
    assert rows[0] < rows[1] < rows[2]
    for part in parts:
        assert len(part["test"].pixels) == 797
        assert not rows[2] & {tuple(row) for row in part["test"].pixels.tolist()}
        assert part["train"].pixels.min() == 0
        assert part["train"].pixels.max() == 1
        assert part["train"].classes.unique().tolist() == list(range(10))


def test_numbers_of_a_network_are_its_own():
    settings = population(networks=40, dropout={"low": 0.1, "high": 0.6})
    numbers = facts(settings).numbers
    rates = np.log10(numbers["learning_rate"])
    assert len(np.unique(rates)) == len(rates) == 960
    # The logarithm is uniform: its quartiles are those of the range from −3 to −2.
    np.testing.assert_allclose(np.quantile(rates, [0, 0.25, 0.5, 0.75, 1]),
                               [-3, -2.75, -2.5, -2.25, -2], atol=0.05)  # fmt: skip
    assert np.quantile(numbers["dropout"], [0, 0.5, 1]) == pytest.approx([0.1, 0.35, 0.6], abs=0.02)
    assert np.abs(np.corrcoef([rates, numbers["dropout"], np.log(numbers["weight_decay"])])
                  - np.eye(3)).max() < 0.1  # fmt: skip
    # What a network draws depends on the seed and its number alone.
    fewer = members(population(networks=40, optimisers=["adam"], dropout={"low": 0.1, "high": 0.6}))
    assert [one.learning_rate for one in fewer] == list(numbers["learning_rate"][: len(fewer)])


@pytest.mark.parametrize(("name", "distinct"), [("digits-cnn", 1200), ("digits-cnn-fixed", 5)])
def test_jobs_divide_the_whole_and_begin_with_the_weights_that_they_should(name, distinct):
    settings = shipped(name)
    parts = blocks(settings)
    assert [group for part in parts for group in part] == groups(settings)
    assert [len(group) for group in groups(settings)] == [50] * 24
    assert [sum(map(len, part)) for part in parts] == [250] * 4 + [200]
    begun = torch.cat([build(group, settings).flattened() for group in groups(settings)])
    assert begun.shape == (1200, WEIGHTS)
    assert len(begun.unique(dim=0)) == distinct
    known = facts(settings)
    assert known.epochs.tolist() == [0, 1, 2, 3, 20, 40, 60, 80, 86]
    for values, places in known.classes.values():
        for place in range(len(values)):
            assert known.split[places == place].mean() == 0.5


def test_accuracy_rises():
    settings = population(images={"of": "digits", "train": 500}, epochs=10, checkpoints=[0, 5, 10],
                          learning_rate=2e-2, weight_decay=0, shares=[1])  # fmt: skip
    found = train(group_of(settings, optimiser="adam", activation="tanh"), settings)
    for half in ("train", "test"):
        accuracy, loss = found.accuracy[half], found.loss[half]
        assert (accuracy[:, 0] < 0.25).all()
        assert (accuracy[:, 2] > 0.7).all()
        assert (loss[:, 0] > loss[:, 1]).all()
        assert (loss[:, 1] > loss[:, 2]).all()


def test_scripts_store_a_population(tmp_path):
    settings = population(networks=2, learning_rate={"low": 1e-3, "high": 1e12},
                          optimisers=["sgd"], shares=[1])  # fmt: skip
    paths = [str(tmp_path / f"{block}.zarr") for block in range(len(blocks(settings)))]
    for block, path in enumerate(paths):
        script("train_population")(path, settings, block, {})
    script("gather_population")(paths, str(tmp_path / "population.zarr"), settings, {})
    kept = StoredPopulation.read(tmp_path / "population.zarr")
    assert kept.weights.shape == (8, 2, WEIGHTS)
    found = torch.cat([train(group, settings).weights for group in groups(settings)]).numpy()
    assert np.array_equal(kept.weights, found, equal_nan=True)
    assert kept.present[:, 0].all()
    assert 0 < kept.present[:, 1].sum() < 8
    assert np.isfinite(kept.weights[kept.present]).all()
    assert [layer.bias for layer in kept.layers] == [72, 656, 744]
    assert kept.values("optimiser") == ["sgd"] * 8
    assert kept.numbers == ["start", "learning_rate", "weight_decay", "dropout", "share"]
    rates = [one.learning_rate for one in members(settings)]
    assert kept.store["numbers/learning_rate"].tolist() == rates


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"initialisers": ["kaiming"]}, "initialisers.0: 'kaiming_uniform' or"),
        ({"optimisers": ["adamw"]}, "optimisers.0: 'sgd', 'adam' or 'rmsprop' (found 'adamw')"),
        ({"activations": ["relu", "relu"]}, "activations: relu is named twice"),
        ({"checkpoints": [0, 3]}, "checkpoints: [0, 3] 2 epochs"),
        ({"checkpoints": [2, 1]}, "checkpoints: [2, 1] order"),
        ({"checkpoints": [-1]}, "checkpoints.0: greater than or equal to 0 (found -1)"),
        ({"shares": [0]}, "shares.0: greater than 0 (found 0)"),
        ({"shares": [1.5]}, "shares.0: less than or equal to 1 (found 1.5)"),
        ({"shares": [0.001]}, "shares: 0.001 of 80 images are none"),
        ({"dropout": 1}, "dropout: less than 1 (found 1)"),
        ({"dropout": {"low": 0.5, "high": 0.1}}, "dropout: low (0.5) below high (0.1)"),
        ({"learning_rate": 0}, "learning_rate: greater than 0 (found 0)"),
        ({"learning_rate": "fast"}, "learning_rate: number (found 'fast')"),
        ({"learning_rate": {"low": 1e-3}}, "learning_rate.high: required"),
        ({"weight_decay": {"low": 0, "high": 1}}, "weight_decay.low: greater than 0"),
        ({"images": {"of": "digits", "train": 1797}}, "images.train: less than 1797"),
        ({"images": {"of": "letters"}}, "images: 'letters' 'pieces', 'digits'"),
        ({"network": {"kind": "perceptron", "units": []}}, "network.units: at least 1"),
        ({"network": {"kind": "convolution", "channels": [2] * 4}}, "network.channels: at most 3"),
        ({"network": {"kind": "convolution", "units": [5]}}, "network: unknown key 'units'"),
        ({"initial_weights": "same"}, "initial_weights: 'own' or 'shared' (found 'same')"),
    ],
)
def test_bad_settings_have_one_clear_line(changes, words):
    content = {**population().plain(), **changes}
    refusal(read_model, Path("some.yaml"), Population, content, words=["some.yaml", *words.split()])

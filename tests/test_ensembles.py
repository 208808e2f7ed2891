"""Ensembles of networks: trained at once, each as it would be alone, and the same in every run."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from refusals import refusal
from torch.nn.functional import cross_entropy

from sametask.base.randomness import derived_seed
from sametask.config.sections.ensemble_section import Ensemble
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import KIND, Members, answers
from sametask.neurons.networks.dense import orthonormal
from sametask.neurons.networks.kinds import build
from sametask.neurons.networks.shapes import drawn_weights, layers_of
from sametask.neurons.resampling import LEFT_OUT, covariance_factor, drawn_rows
from sametask.neurons.training import initial, train
from sametask.storage import store


def labelled(count=40, splits=2, seed=0):
    """Rows of two classes that a line divides; another quarter of them is held out each time."""
    draw = np.random.default_rng(seed)
    inputs = draw.standard_normal((count, 3)).astype(np.float32)
    held = np.arange(count) % 4 == np.arange(splits)[:, None]
    return Rows(inputs, (inputs.sum(axis=1) > 0).astype(np.int64), held)


def asked(network=None, **training):
    small = {"members": 5, "epochs": 3, "batch": 8, "learning_rate": 1e-2}
    network = network or {"kind": "perceptron", "hidden": [6, 4]}
    data = {"of": "iris"} if network["kind"] == "perceptron" else {"of": "noisy_sine"}
    neurons = {"gauges": ["none"]}
    return Ensemble(data=data, network=network, training=small | training, neurons=neurons)


def alone(rows, settings, trained, member):
    """A network of the first split, trained by torch in the ordinary way."""
    layers = trained.members.layers
    start = initial(layers, settings, "bootstrap", 0)[member]
    parts, chosen = [], torch.from_numpy(trained.rows[0, member]).long()
    for layer in layers:
        linear = torch.nn.Linear(layer.kernel.shape[1], len(layer.kernel))
        linear.weight.data = start[torch.from_numpy(layer.kernel[..., 0])].clone()
        linear.bias.data = start[torch.from_numpy(layer.biases[:, 0])].clone()
        parts += [linear, torch.nn.ReLU()]
    network = torch.nn.Sequential(*parts[:-1])
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.training.learning_rate)
    random = torch.Generator().manual_seed(derived_seed(settings.seed, "split 0"))
    inputs, wanted = torch.from_numpy(rows.seen(0)), torch.from_numpy(rows.wanted)
    for _ in range(settings.training.epochs):
        for places in torch.randperm(len(chosen), generator=random).split(settings.training.batch):
            optimiser.zero_grad()
            cross_entropy(network(inputs[chosen[places]]), wanted[chosen[places]]).backward()
            optimiser.step()
    return torch.cat([weight.detach().flatten() for weight in network.parameters()])


def test_a_member_is_trained_as_it_would_be_alone():
    rows, settings = labelled(), asked()
    trained = train(rows, settings, "bootstrap")
    for member in (0, 3):
        found = torch.from_numpy(trained.members.weights[0, member])
        torch.testing.assert_close(found, alone(rows, settings, trained, member))


@pytest.mark.parametrize("scheme", ["seeds", "bootstrap", "jackknife"])
def test_a_second_run_has_the_same_bits_and_a_store_keeps_them(scheme, tmp_path):
    rows, settings = labelled(), asked()
    trained, again = (train(rows, settings, scheme) for _ in range(2))
    for name in ("loss", "rows", "quality"):
        assert np.array_equal(getattr(trained, name), getattr(again, name))
    assert np.array_equal(trained.members.weights, again.members.weights)
    assert (trained.quality > 0.5).mean() > 0.7 and trained.quality.shape == (2, 5)
    with store.create(tmp_path / "ensemble.zarr", KIND) as writer:
        trained.write(writer)
    read = Members.read(tmp_path / "ensemble.zarr")
    assert np.array_equal(read.weights, trained.members.weights)
    held = rows.held_out[0]
    scores = answers(read.weights[0], read.layers, read.activation, rows.seen(0)[held])
    right = scores.argmax(dim=2).numpy() == rows.wanted[held]
    assert right.mean(axis=1) == pytest.approx(trained.quality[0])


def test_schemes_differ_in_how_networks_begin_and_in_their_rows():
    settings = asked()
    layers = train(labelled(), settings, "seeds").members.layers
    own, alike = (initial(layers, settings, scheme, 0) for scheme in ("seeds", "bootstrap"))
    assert len(own.unique(dim=0)) == 5 and len(alike.unique(dim=0)) == 1
    assert torch.equal(own[0], alike[0])
    assert own.abs().max() < 3**-0.5
    learned = np.arange(100, 123)
    drawn = drawn_rows("bootstrap", learned, 5, 0)
    assert drawn.shape == (5, 23) and set(drawn.ravel()) <= set(learned)
    assert all(len(set(some)) < 23 for some in drawn)


def test_a_jackknife_leaves_each_group_out_once_and_estimates_the_variance_of_a_mean():
    learned = np.arange(100, 123)
    kept = drawn_rows("jackknife", learned, 5, 0)
    missing = [set(learned) - set(some) for some in kept]
    assert (kept == LEFT_OUT).sum(axis=1).tolist() == [4] * 5
    assert sum(map(len, missing)) == len(set().union(*missing)) == 20
    values = np.random.default_rng(0).standard_normal(1000)
    rows = drawn_rows("jackknife", np.arange(1000), 1000, 0)
    means = np.array([values[some[some >= 0]].mean() for some in rows])
    factor = covariance_factor("jackknife", 1000, 1000)
    assert factor * means.var(ddof=1) == pytest.approx(values.var(ddof=1) / 1000)
    words = "jackknife of 24 networks", "set training.members to 23"
    refusal(drawn_rows, "jackknife", learned, 24, 0, words=words)


def test_networks_that_diverge_are_left_out_and_one_alone_is_no_ensemble(caplog):
    rows = labelled()
    rows.inputs[np.flatnonzero(~rows.held_out[0])[0]] = np.nan
    caplog.set_level("INFO")
    trained = train(rows, asked(), "bootstrap")
    hit = (trained.rows == np.flatnonzero(~rows.held_out[0])[0]).any(axis=2)
    assert np.array_equal(trained.members.present, ~hit)
    assert hit.any() and f"{hit.sum()} of 10 networks diverged" in caplog.text
    rows.inputs[:] = np.nan
    words = "split 0: 0 of 5 networks did not diverge", "learning_rate"
    refusal(train, rows, asked(), "bootstrap", words=words)


def windows(inputs=6, outputs=6, count=60):
    series = np.sin(np.arange(count + max(inputs, outputs)) / 3).astype(np.float32)
    seen, wanted = (
        np.stack([series[t : t + length] for t in range(count)]) for length in (inputs, outputs)
    )
    return Rows(seen, wanted, (np.arange(count) >= 45)[None])


@pytest.mark.parametrize("orthogonal", ["none", "first", "both"])
def test_orthogonal_layers_stay_so(orthogonal):
    network = {
        "kind": "autoencoder",
        "inputs": 6,
        "hidden": 2,
        "outputs": 6,
        "orthogonal": orthogonal,
    }
    trained = train(windows(), asked(network, epochs=20), "seeds")
    weights, layers = trained.members.weights[0], trained.members.layers
    first = weights[:, layers[0].kernel[..., 0]].astype(float)
    last = weights[:, layers[1].kernel[..., 0]].astype(float)
    off = [
        np.abs(first @ first.transpose(0, 2, 1) - np.eye(2)).max(),
        np.abs(last.transpose(0, 2, 1) @ last - np.eye(2)).max(),
    ]
    expected = {"none": 0, "first": 1, "both": 2}[orthogonal]
    assert [one < 1e-6 for one in off] == [True] * expected + [False] * (2 - expected)
    assert (trained.loss[0, :, -1] < trained.loss[0, :, 0]).all()


def test_a_retraction_keeps_what_is_orthonormal_and_what_it_spans():
    columns = torch.randn(3, 6, 2, generator=torch.Generator().manual_seed(0)).double()
    found = orthonormal(columns)
    torch.testing.assert_close(found.mT @ found, torch.eye(2).double().expand(3, 2, 2))
    torch.testing.assert_close(orthonormal(found), found)
    torch.testing.assert_close(found @ (found.mT @ columns), columns)


def test_a_network_that_does_not_fit_the_rows_is_refused():
    network = {"kind": "autoencoder", "inputs": 5, "hidden": 2, "outputs": 6}
    words = ("network.inputs: 5, but rows of the data have 6",)
    refusal(train, windows(), asked(network), "bootstrap", words=words)


NETWORKS = {
    "recurrent": {"kind": "recurrent", "inputs": 4, "hidden": 5, "outputs": 8},
    "variational": {"kind": "variational", "inputs": 6, "hidden": 8, "code": 2},
    "ode": {"kind": "ode", "inputs": 6, "hidden": 8, "code": 2, "outputs": 8},
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_networks_of_a_series_learn_and_repeat_themselves(kind):
    settings = asked(NETWORKS[kind], epochs=30)
    rows = windows(settings.network.inputs, settings.network.outputs)
    trained, again = (train(rows, settings, "bootstrap") for _ in range(2))
    weights, layers = trained.members.weights, trained.members.layers
    assert np.array_equal(weights, again.members.weights) and trained.members.present.all()
    places = np.concatenate([layer.of_units.ravel() for layer in layers])
    assert sorted(places) == list(range(weights.shape[2]))
    assert (trained.loss[..., -1] < 0.8 * trained.loss[..., 0]).all()
    assert (trained.quality < rows.wanted.var()).all()


def test_a_recurrent_network_is_its_formula():
    network = asked(NETWORKS["recurrent"]).network
    layers = layers_of(network, 4, 8)
    weights = torch.stack([drawn_weights(layers, torch.Generator().manual_seed(n)) for n in (0, 1)])
    see, remember, tell = (weights[1, torch.from_numpy(layer.kernel[..., 0])] for layer in layers)
    piece, state = torch.linspace(-1, 1, 8), torch.zeros(5)
    wanted = []
    for time in range(4):
        state = (remember @ state + see @ piece[time : time + 4]).tanh()
        wanted.append((tell @ state).tanh())
    found = build(network, layers, weights).outputs(piece[None, :-1])
    torch.testing.assert_close(found[1, 0], torch.cat(wanted))


def test_a_linear_field_is_solved_to_the_fourth_order():
    """Without weights into the hidden layer, f is constant, and z a line in time."""
    network = asked(NETWORKS["ode"]).network
    layers = layers_of(network, 6, 8)
    weights = drawn_weights(layers, torch.Generator().manual_seed(0))[None].clone()
    weights[:, torch.from_numpy(layers[1].kernel.ravel())] = 0
    found = build(network, layers, weights).outputs(torch.ones(3, 6))
    steps = found.diff(dim=2)
    assert steps.abs().min() > 1e-4
    torch.testing.assert_close(steps, steps[..., :1].expand_as(steps), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("network", "data", "words"),
    [
        ({"kind": "recurrent", "inputs": 9, "outputs": 9}, "noisy_sine", "outputs: 9; takes more"),
        (
            {"kind": "ode"},
            "noisy_sine",
            "permutation is no gauge of ode networks like these; use none",
        ),
        ({"kind": "autoencoder", "hidden": 21}, "noisy_sine", "but there are 21; use none"),
        ({"kind": "perceptron"}, "iris", "neurons.layer: 3, but the network has 2 layers"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_runs(network, data, words):
    layer = 3 if network["kind"] == "perceptron" else 1
    with pytest.raises(ValidationError) as caught:
        Ensemble(data={"of": data}, network=network, neurons={"layer": layer})
    assert words in str(caught.value)

"""Building, loading and listing networks; training that repeats itself."""

import pickle

import pytest
import torch
from refusals import cut, refusal
from safetensors.torch import save_file
from torch import nn

from sametask.base.errors import NetworkError
from sametask.config.sections.network_sections import Training
from sametask.examples.small_networks import cnn, mlp
from sametask.inputs import Blocks
from sametask.networks import build, list_layers, load, save
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.places import find_place
from sametask.networks.train import train

MLP = "sametask.examples.small_networks:mlp"
SETTINGS = Training(learning_rate=1e-2, batch=16, epochs=20, patience=5)
ONCE = Training(learning_rate=1e-2, batch=16, epochs=1, patience=5)


def test_the_scalar_networks_are_the_thesis_ones():
    sizes = [sum(p.numel() for p in mlp(w).parameters()) for w in ([1, 1, 1], [1, 8, 8, 8, 1])]
    assert sizes == [4, 16 + 72 + 72 + 9]


def test_layers_are_listed_with_their_shapes():
    found = {info.name: info for info in list_layers(cnn(8, [4, 6], 12, 10), (1, 8, 8))}
    assert list(found)[:4] == ["conv1", "tanh1", "conv2", "tanh2"]
    assert found["pool"].shape == (6, 4, 4)
    assert (found["features"].kind, found["features"].neurons) == ("Tanh", 12)


def test_listing_says_when_the_input_does_not_fit():
    with pytest.raises(NetworkError, match="does not accept inputs of shape"):
        list_layers(cnn(8, [4], 12, 10), (1, 9, 5))


def test_a_misspelt_layer_lists_the_near_ones():
    with pytest.raises(NetworkError, match="no layer 'tahn2'; did you mean 'tanh2'"):
        find_place(mlp([1, 2, 2, 1]), "tahn2")


@pytest.mark.parametrize(
    ("factory", "words"),
    [
        ("sametask.networks.zo:mlp", "cannot import"),
        ("sametask.examples.small_networks:mpl", "did you mean 'mlp'"),
        ("sametask.examples.targets:negative_square", "negative_square"),
    ],
)
def test_a_wrong_factory_is_one_line(factory, words):
    with pytest.raises(NetworkError, match=words) as caught:
        build(factory, {"widths": [1, 1, 1]})
    assert "\n" not in str(caught.value)


def test_a_saved_network_comes_back_the_same(tmp_path):
    network = mlp([2, 3, 1])
    save(tmp_path, network, {"factory": MLP, "arguments": {"widths": [2, 3, 1]}})
    inputs = torch.randn(5, 2)
    assert torch.equal(load(tmp_path, mlp, dtype="float32")(inputs), network(inputs))


def test_saving_does_not_wipe_a_folder_of_other_files(tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(NetworkError, match=r"thesis\.tex"):
        save(tmp_path, mlp([1, 1, 1]), {})
    assert (tmp_path / "thesis.tex").exists()


def test_a_missing_checkpoint_names_the_nearest_file(tmp_path):
    save_file({"a": torch.ones(1)}, tmp_path / "model.safetensors")
    with pytest.raises(NetworkError, match=r"not found; did you mean 'model.safetensors'"):
        read_weights(tmp_path / "modle.safetensors")


@pytest.mark.parametrize("kind", ["safetensors", "pt"])
def test_a_truncated_checkpoint_is_named(tmp_path, kind):
    path = tmp_path / f"model.{kind}"
    weights = mlp([1, 8, 1]).state_dict()
    save_file(weights, path) if kind == "safetensors" else torch.save(weights, path)
    cut(path, 100)
    with pytest.raises(NetworkError, match=f"model.{kind}: truncated"):
        read_weights(path)


@pytest.mark.parametrize(
    ("other", "words"),
    [([1, 4, 1], "has shape"), ([1, 8, 8, 1], "unknown 'linear2"), ([1, 1], "no 'linear1")],
)
def test_a_checkpoint_of_another_architecture_says_where(tmp_path, other, words):
    save_file(mlp(other).state_dict(), tmp_path / "m.safetensors")
    weights = read_weights(tmp_path / "m.safetensors")
    with pytest.raises(NetworkError, match=f"another architecture.*{words}"):
        give_weights(mlp([1, 8, 1]), weights, tmp_path / "m.safetensors")


class Payload:
    """A pickle that leaves a file behind if it is ever run."""

    def __init__(self, place):
        self.place = place

    def __reduce__(self):
        return (open, (self.place, "w"))


@pytest.mark.parametrize("writer", [torch.save, lambda o, p: p.write_bytes(pickle.dumps(o))])
def test_a_pickle_with_code_is_refused_and_not_run(tmp_path, writer):
    path, mark = tmp_path / "evil.pt", tmp_path / "ran"
    writer({"weights": Payload(str(mark))}, path)
    with pytest.raises(NetworkError, match=r"evil\.pt: refused"):
        read_weights(path)
    assert not mark.exists()


def test_a_state_dictionary_in_a_pt_file_is_read(tmp_path):
    network = mlp([1, 2, 1])
    torch.save(network.state_dict(), tmp_path / "m.pt")
    weights = read_weights(tmp_path / "m.pt")
    assert torch.equal(weights["output.bias"], network.state_dict()["output.bias"])


def test_training_learns_and_repeats_itself():
    inputs = torch.linspace(-1, 1, 64)[:, None]
    data = Blocks.single(64, (inputs, inputs**2))
    trained = []
    for _ in range(2):
        torch.manual_seed(0)
        network = mlp([1, 8, 1])
        before = nn.functional.mse_loss(network(inputs), inputs**2).item()
        losses = train(network, data, data, SETTINGS, seed=5)
        trained.append(network.state_dict())
    assert losses["validation_loss"] < before / 5
    assert all(torch.equal(trained[0][key], trained[1][key]) for key in trained[0])


def test_training_keeps_the_best_weights_and_stops():
    inputs = torch.linspace(-1, 1, 64)[:, None]
    network = mlp([1, 8, 1])
    # A learning rate far too high: the validation loss stops falling at once.
    settings = Training(learning_rate=10.0, batch=16, epochs=200, patience=5)
    data = Blocks.single(64, (inputs, inputs**2))
    losses = train(network, data, data, settings, seed=5)
    assert losses["epochs"] < 200
    kept = nn.functional.mse_loss(network(inputs), inputs**2).item()
    assert kept == pytest.approx(losses["validation_loss"], rel=1e-4)


def test_training_that_diverges_is_told():
    inputs = torch.linspace(-1, 1, 64)[:, None]
    data = Blocks.single(64, (inputs, torch.full_like(inputs, 1e30)))
    words = ["training diverged", "inf", "train.learning_rate"]
    refusal(train, mlp([1, 8, 1]), data, None, ONCE, 5, words=words)


def test_frozen_integer_and_complex_parameters_do_not_stop_training():
    data = Blocks.single(64, (torch.randn(64, 2), torch.randn(64, 1)))
    network = mlp([2, 3, 1])
    network.counts = nn.Parameter(torch.arange(3), requires_grad=False)
    network.output.phase = nn.Parameter(torch.ones(1, dtype=torch.complex64))
    train(network, data, None, ONCE, seed=5)
    network.requires_grad_(False)
    refusal(train, network, data, None, SETTINGS, 5, words=["cannot be trained: no parameter"])

"""Checkpoints: what is taken as it is, what is widened, and what is refused in one line."""

import collections
import json

import numpy as np
import pytest
import torch
from refusals import refusal
from safetensors.torch import save_file, save_model
from torch import nn
from workflow_helpers import script

from sametask.examples.small_networks import mlp
from sametask.networks import load, save
from sametask.networks.checkpoints import give_weights, read_weights
from sametask.networks.precision import with_precision

MLP = "sametask.examples.small_networks:mlp"
WIDTHS = {"widths": [2, 3, 1]}


class Net(nn.Module):
    """Whatever a test puts into a network, as a factory of the user's would."""

    def __init__(self, **parts):
        super().__init__()
        for name, part in parts.items():
            if isinstance(part, torch.Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)


def tied():
    """A network whose last layer has the weights of its first."""
    net = Net(embed=nn.Linear(3, 2, bias=False), head=nn.Linear(3, 2, bias=False))
    net.head.weight = net.embed.weight
    return net


def trained_further():
    """What a training script saves, the state of its optimiser first."""
    network = mlp(**WIDTHS)
    optimiser = torch.optim.Adam(network.parameters())
    network(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    return {"optimiser": optimiser.state_dict(), "model": network.state_dict(), "epoch": 3}


def complex_net():
    return Net(
        wave=nn.Linear(2, 3, dtype=torch.complex64), turn=torch.ones(3, dtype=torch.complex64)
    )


def refused(tmp_path, content, *words, network=None):
    """Save something, and expect that a network refuses it in one line."""
    path = tmp_path / "m.pt"
    torch.save(content, path)
    network = mlp(**WIDTHS) if network is None else network
    refusal(lambda: give_weights(network, read_weights(path), path), words=["m.pt", *words])


def with_first(tensor):
    """Weights of a perceptron of which the first tensor is another one."""
    return mlp(**WIDTHS).state_dict() | {"linear1.weight": tensor}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (1.5, "holds a float"),
        ([torch.ones(2)], "holds a list"),
        (torch.ones(2), "holds a Tensor"),
        ({"linear1.weight": 2.0}, "'linear1.weight' is a float"),
        (trained_further(), "under 'model'; save them alone"),
        ({"a": {"state_dict": mlp(**WIDTHS).state_dict()}}, "under 'state_dict' in 'a'"),
        (with_first(torch.ones(3, 2).to_sparse()), "'linear1.weight' is sparse"),
        (with_first(torch.ones(3, 2, device="meta")), "'linear1.weight' has no values"),
        (with_first(torch.ones(3, 2).to(torch.float8_e4m3fn)), "float8_e4m3fn: quantised"),
        (with_first(torch.ones(3, 2).long()), "int64, in the network float32"),
        (with_first(torch.ones(3, 2).bool()), "bool, in the network float32"),
        (with_first(torch.ones(3, 2) + 1j), "complex64, in the network float32"),
        (with_first(torch.tensor([[0, torch.nan]] * 3)), "not finite in 3 of 6 places"),
        (with_first(torch.full((3, 2), torch.inf)), "not finite in 6 of 6 places"),
        (mlp(**WIDTHS), "more than weights (none of it was run)"),
        ({"best": np.float64(3)}, "more than weights"),
        (nn.DataParallel(mlp(**WIDTHS)).state_dict(), "begins with 'module.'"),
    ],
)  # fmt: skip
def test_what_is_no_state_dictionary_of_the_network_is_told(tmp_path, content, words):
    refused(tmp_path, content, words)


def test_a_network_in_a_wrapper_needs_the_weights_of_the_wrapper(tmp_path):
    wrapped = Net(inner=mlp(**WIDTHS))
    refused(tmp_path, mlp(**WIDTHS).state_dict(), "every name lacks 'inner.'", network=wrapped)


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_quantised_weights_are_refused(tmp_path):
    quantised = torch.quantize_per_tensor(torch.ones(3, 2), 0.1, 0, torch.qint8)
    refused(tmp_path, with_first(quantised), "'linear1.weight' is qint8: quantised")


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_torchscript_and_files_of_another_kind_are_named(tmp_path):
    path = tmp_path / "m.pt"
    torch.jit.script(mlp(**WIDTHS)).save(path)
    refusal(read_weights, path, words=["m.pt: a TorchScript archive", "state_dict()"])
    for text, words in [(b"0.5 0.25\n", "no checkpoint"), (b"", "truncated")]:
        path.write_bytes(text)
        refusal(read_weights, path, words=["m.pt: ", words])
    (tmp_path / "m.safetensors").write_bytes(b"not safetensors at all")
    refusal(read_weights, tmp_path / "m.safetensors", words=["no safetensors file"])


@pytest.mark.parametrize("kind", ["pt", "safetensors", "model"])
def test_tied_weights_are_loaded_and_stay_tied(tmp_path, kind):
    torch.manual_seed(0)
    trained, network = tied(), tied()
    path = tmp_path / f"m.{'pt' if kind == 'pt' else 'safetensors'}"
    if kind == "pt":
        torch.save(trained.state_dict(), path)
    elif kind == "model":  # writes one name of the two
        save_model(trained, path)
    else:
        save_file({name: one.clone() for name, one in trained.state_dict().items()}, path)
    give_weights(network, read_weights(path), path)
    save(tmp_path / "network", network, {"factory": "own:tied", "arguments": {}})
    loaded = load(tmp_path / "network", tied)
    assert loaded.head.weight is loaded.embed.weight
    assert torch.equal(loaded.embed.weight, trained.embed.weight.double())


def test_tied_weights_that_differ_are_refused(tmp_path):
    loose = Net(embed=nn.Linear(3, 2, bias=False), head=nn.Linear(3, 2, bias=False))
    words = "shares its memory with another tensor"
    refused(tmp_path, loose.state_dict(), words, network=tied())


def test_numbers_are_widened_never_narrowed(tmp_path):
    torch.manual_seed(0)
    exact = mlp(**WIDTHS).double()
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        trained = exact.state_dict()
        given = {name: tensor.to(dtype) for name, tensor in trained.items()}
        network = mlp(**WIDTHS).to(torch.float16)
        give_weights(network, given, "m.pt")
        for name, tensor in with_precision(network, "float64").state_dict().items():
            assert torch.equal(tensor, given[name].double())


def test_a_fetched_network_keeps_every_digit_and_says_what_was_widened(tmp_path):
    fetch = script("fetch_network")
    for dtype, widened in ((torch.float64, []), (torch.bfloat16, ["bfloat16"])):
        weights = mlp(**WIDTHS).to(dtype).state_dict()
        torch.save(weights, tmp_path / "m.pt")
        fetch(str(tmp_path / "m.pt"), tmp_path / "network", MLP, WIDTHS)
        loaded = load(tmp_path / "network", MLP).state_dict()
        assert all(torch.equal(loaded[name], weights[name].double()) for name in weights)
        said = json.loads((tmp_path / "network/network.json").read_text())
        assert said["widened_from"] == widened


def test_complex_weights_keep_their_imaginary_parts(tmp_path):
    torch.manual_seed(0)
    trained = with_precision(complex_net(), "float64")
    with torch.no_grad():
        trained.wave.weight += 0.1j / 3
    save(tmp_path, trained, {"factory": "own:complex", "arguments": {}})
    loaded = load(tmp_path, complex_net)
    assert torch.equal(loaded.wave.weight, trained.wave.weight)
    assert loaded.wave.weight.dtype == loaded.turn.dtype == torch.complex128
    assert load(tmp_path, complex_net, dtype="float32").turn.dtype == torch.complex64


def test_counters_masks_and_views_of_one_storage_are_fine(tmp_path):
    flat = torch.arange(6.0)
    parts = {"all": nn.Parameter(flat), "part": flat[2:4], "hidden": torch.full((2,), -torch.inf)}
    network = Net(norm=nn.BatchNorm1d(2), mask=torch.tensor([True, False]), **parts)
    save(tmp_path, network, {"factory": "own:Net", "arguments": {}})
    loaded = load(tmp_path, lambda: network)
    assert loaded.norm.num_batches_tracked.dtype == torch.int64
    assert loaded.mask.dtype == torch.bool and loaded.part.tolist() == [2, 3]


def test_ordered_dictionaries_with_old_pickles_are_read(tmp_path):
    weights = collections.OrderedDict(mlp(**WIDTHS).state_dict())
    torch.save(weights, tmp_path / "m.pth", _use_new_zipfile_serialization=False)
    assert read_weights(tmp_path / "m.pth").keys() == weights.keys()

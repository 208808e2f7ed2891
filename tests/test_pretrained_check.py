"""What ``check`` tries of pretrained networks, and the rules that take them over."""

import numpy as np
import pytest
import torch
from pretrained_networks import bert, configuration, in_parts, saved, transformers
from refusals import refusal
from workflow_helpers import TINY, make_repository, run

from sametask.check import pretrained_trial
from sametask.check.network_trial import check_network
from sametask.check.pretrained_trial import describe_weights
from sametask.config import Network
from sametask.networks.pretrained_weights import without_weights
from sametask.storage.json_files import read_json
from sametask.storage.pretrained_files import PretrainedFiles
from sametask.storage.weight_headers import StoredTensor

VOICE = {
    "model_in_dim": 1, "upsample_initial_channel": 8, "upsample_rates": [2, 2],
    "upsample_kernel_sizes": [4, 4], "resblock_kernel_sizes": [3],
    "resblock_dilation_sizes": [[1, 3]],
}  # fmt: skip
SOUNDS = np.linspace(-1, 1, 3 * 6).reshape(3, 6, 1)


def voice(source, **keys):
    """A network that makes sound of spectra: its answer is a tensor."""
    pretrained = {"source": str(source), "class": "SpeechT5HifiGan"}
    return Network.model_validate({"pretrained": pretrained, "layers": "conv_pre"} | keys)


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("voice")
    saved(folder, "SpeechT5HifiGan", configuration("SpeechT5HifiGan", **VOICE))
    return folder


def test_shapes_of_a_large_network_are_those_of_its_passes(source, monkeypatch):
    expected = check_network(voice(source), SOUNDS)
    assert describe_weights(voice(source), True) == []
    monkeypatch.setattr(pretrained_trial, "LARGEST", 0)
    # Weights are not read: a network of any size would be tried like this.
    monkeypatch.setattr("sametask.networks.pretrained_weights.read_weights", None)
    assert check_network(voice(source), SOUNDS) == expected
    assert check_network(voice(source, dtype="float64"), SOUNDS) == expected
    (note,) = describe_weights(voice(source), True)
    assert note.startswith("of its ") and "only the shapes" in note
    words = ["no layer 'conv_pr'", "'conv_pre'"]
    refusal(lambda: check_network(voice(source, layers="conv_pr"), SOUNDS), words=words)
    refusal(lambda: check_network(voice(source), SOUNDS[..., 0]), words=["does not accept inputs"])
    refusal(lambda: check_network(voice(source, neurons=[999]), SOUNDS), words=["999 asked for"])


def test_headers_of_a_huge_network_take_no_memory(tmp_path):
    """A network of forty gigabytes: as many zeros would not fit."""
    config = configuration("GPT2", n_embd=8192, n_layer=12, n_head=8, vocab_size=50)
    with torch.device("meta"):
        needed = transformers.GPT2LMHeadModel(config).state_dict()
    tensors = {
        name: StoredTensor("F32", tuple(tensor.shape))
        for name, tensor in needed.items()
        if name != "lm_head.weight"
    }
    plain = config.to_dict()
    files = PretrainedFiles(tmp_path, plain, (tmp_path / "model.safetensors",), tensors)
    assert files.numbers > 9e9
    filled = without_weights(files, "AutoModelForCausalLM", {})
    (storage,) = {tensor.untyped_storage().nbytes() for tensor in filled.network.parameters()}
    assert storage == 4


def test_weights_of_the_hub_that_are_not_here_yet(tmp_path, monkeypatch):
    """Only the configuration is downloaded; the shapes are those that the network needs."""
    saved(tmp_path, "SpeechT5HifiGan", configuration("SpeechT5HifiGan", **VOICE))
    in_parts(tmp_path)
    (tmp_path / "model-00002-of-00002.safetensors").unlink()
    asked = []

    def downloaded(source, revision, never, files):
        asked.append((source, revision, never, files))
        return tmp_path

    monkeypatch.setattr(pretrained_trial, "cached_folder", lambda *_: None)
    monkeypatch.setattr(pretrained_trial, "downloaded_folder", downloaded)
    pretrained = {"source": "someone/voice", "class": "SpeechT5HifiGan", "revision": "v1"}
    network = Network.model_validate({"pretrained": pretrained, "layers": "conv_pre"})
    layout, shape = check_network(network, SOUNDS)
    assert (layout.total, shape) == (48, (24,))
    files = ("config.json", "model.safetensors.index.json")
    assert asked == [("someone/voice", "v1", False, files)]
    assert "not in the cache of the hub yet" in describe_weights(network, True)[0]
    # Without a download, it has to be here as a whole.
    never = {"pretrained": pretrained | {"download": "never"}, "layers": "conv_pre"}
    words = ["part 2 of 2 of the weights is missing"]
    refusal(lambda: check_network(Network.model_validate(never), SOUNDS), words=words)


def test_a_factory_with_weights_of_its_own_has_no_untrained_copy(tmp_path):
    bert(tmp_path)
    pretrained = {
        "factory": "transformers:AutoModel.from_pretrained",
        "arguments": {"pretrained_model_name_or_path": str(tmp_path)},
        "layers": "encoder",
    }
    network = Network.model_validate(pretrained)
    (note,) = describe_weights(network, True)
    assert "untrained copy is the network itself" in note
    assert describe_weights(network, False) == []
    mlp = "sametask.examples.small_networks:mlp"
    random = {"factory": mlp, "arguments": {"widths": [1, 2, 1]}, "layers": "tanh1"}
    assert describe_weights(Network.model_validate(random), True) == []


@pytest.mark.slow
def test_rules_take_a_pretrained_network_over(tmp_path, source):
    arrays = {"inputs": np.random.default_rng(1).normal(size=(80, 6, 1))}
    np.savez(tmp_path / "sounds.npz", **arrays)
    network = {
        "pretrained": {"source": str(source), "class": "SpeechT5HifiGan"},
        "layers": "conv_pre",
    }
    experiment = TINY | {
        "inputs": {"domain": "array", "source": str(tmp_path / "sounds.npz")},
        "samples": {"fit": 48, "test": 24},
        "perturbations": {"count": 8, "delta": 0.05},
        "task": None,
        "networks": {"first": network, "second": network | {"layers": "upsampler.0"}},
    }
    folder = make_repository(tmp_path / "sametask", experiment)
    names = ("first", "first_untrained", "second")
    run(folder, *(f"results/tiny/{name}/activations.zarr" for name in names))
    description = read_json(folder / "results/tiny/first_untrained/network/network.json")
    assert description["untrained"] is True
    assert description["recipe"]["class"] == "SpeechT5HifiGan"
    # Another weight in the source, and it is fetched again.
    saved(source, "SpeechT5HifiGan", configuration("SpeechT5HifiGan", **VOICE), seed=5)
    planned = run(folder, "--dry-run", "results/tiny/first/network")
    assert "fetch_pretrained" in planned

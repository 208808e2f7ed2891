"""The axes of layers: what is found, what is refused, and networks that cannot be stitched."""

import numpy as np
import pytest
import torch
from torch import nn

from sametask.activations.hooks import record
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.base.errors import ConfigError, NetworkError
from sametask.check import check_experiment, check_network
from sametask.config import Experiment, Network
from sametask.config.sections.sample_sections import Positions

OWN = """
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Recurrent(nn.Module):
    def __init__(self, read="all", channels=3, stride=1, outputs=2):
        super().__init__()
        self.read, self.stride = read, stride
        self.lstm, self.linear = nn.LSTM(channels, 4), nn.Linear(4, outputs)

    def forward(self, x):
        outputs, (hidden, _) = self.lstm(x.swapaxes(0, 1)[:: self.stride])
        return self.linear(hidden[-1] if self.read == "state" else outputs.mean(0))


class Stepwise(Recurrent):
    def forward(self, x):
        return self.linear(self.lstm(x.swapaxes(0, 1))[0]).swapaxes(0, 1)


class Tokens(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.linear = nn.Embedding(9, 4), nn.Linear(4, 2)

    def forward(self, x):
        return self.linear(self.embedding(x).mean(1))


def doubled(windows):
    return windows.repeat(2, axis=2)


class Packed(Recurrent):
    def forward(self, x):
        packed = pack_padded_sequence(x, [x.shape[1]] * len(x), batch_first=True)
        return self.linear(pad_packed_sequence(self.lstm(packed)[0])[0].mean(0))


class Shrinking(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv1d(3, 4, 3), nn.Conv1d(4, 4, 3)

    def forward(self, x):
        return self.two(self.one(x.mT)).mean(2)


class Narrow(nn.Module):
    # The answer starts at 0, and a lone rectifier may be off for whatever comes in.
    def __init__(self, bias=0.0):
        super().__init__()
        self.one, self.linear = nn.Linear(3, 1), nn.Linear(1, 2)
        for weight in self.linear.parameters():
            nn.init.zeros_(weight)
        nn.init.constant_(self.one.bias, bias)

    def forward(self, x):
        return self.linear(torch.relu(self.one(x.mean(1))))
"""
WINDOWS = torch.randn(5, 20, 3, generator=torch.Generator().manual_seed(0))
TIME_FIRST = ["time", "batch", "neuron"]


@pytest.fixture(autouse=True)
def own(tmp_path, monkeypatch):
    (tmp_path / "own_recurrent.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    import own_recurrent

    return own_recurrent


def refused(network, layers, axes, words, positions="steps"):
    with pytest.raises(NetworkError, match=words) as caught:
        Layout.of(network.eval(), layers, "all", WINDOWS, axes, positions)
    assert "\n" not in str(caught.value)


def test_another_number_of_axes_is_told(own):
    words = r"\[time, batch\] are 2 axes, but layer 'lstm' puts out \(20, 2, 4\) for a batch of 2"
    refused(own.Recurrent(), ["lstm"], ["time", "batch"], words)


def test_a_batch_elsewhere_is_told(own):
    words = "the batch is axis 2, counted from 1, of the output: layer 'lstm'"
    refused(own.Recurrent(), ["lstm"], ["batch", "time", "neuron"], words)


def test_a_batch_is_found_among_axes_as_long_as_it(own):
    # Two steps, and two channels: only one axis grows with the batch.
    layout = Layout.of(own.Recurrent("all", 2), ["lstm"], "all", WINDOWS[:, :2, :2], TIME_FIRST)
    assert layout.shapes == ((2, 4),)


def test_a_time_first_layer_without_axes_is_told_how_to_name_them(own):
    words = r"first axis is not the batch; name its axes, as in axes: \[neuron, batch, neuron\]"
    refused(own.Recurrent(), ["lstm"], None, words, positions=None)


@pytest.mark.parametrize("axes", [None, ["neuron", "batch", "neuron"]])
def test_positions_without_time_are_refused(own, axes):
    words = r"no axis of the layers is named time; .*axes: \[batch, time, neuron\]"
    refused(own.Recurrent(), ["lstm"], axes, words)


def test_layers_of_different_numbers_of_steps_are_refused(own):
    words = "layers with different numbers of steps: one 18, two 16"
    refused(own.Shrinking(), ["one", "two"], ["batch", "neuron", "time"], words)


def test_time_that_is_not_kept_is_so_many_neurons(own):
    network = own.Recurrent().eval()
    layout = Layout.of(network, ["lstm"], "all", WINDOWS, TIME_FIRST)
    (output,) = record(network, ["lstm"], WINDOWS)
    joined = join_layers(layout, [output])
    assert (layout.shapes, layout.steps, joined.shape) == (((20, 4),), None, (5, 80))
    torch.testing.assert_close(joined[3, 4:8], output[1, 3])
    assert torch.equal(split_layers(layout, joined)["lstm"], output)


def test_a_layer_that_mixes_batch_and_time_is_refused():
    network = nn.Sequential(nn.Flatten(0, 1), nn.Linear(3, 4))
    refused(network, ["1"], ["batch", "neuron"], "no single axis is the batch", positions=None)


def test_packed_sequences_are_refused(own):
    words = r"'lstm' puts out a tuple \(PackedSequence, tuple\), not a tensor; .* as 'lstm:1:0'"
    refused(own.Packed(), ["lstm"], TIME_FIRST, words)


# Networks as an experiment describes them.


def recurrent(factory="Recurrent", layers="lstm", axes=TIME_FIRST, **arguments):
    return {
        "factory": f"own_recurrent:{factory}",
        "arguments": arguments,
        "layers": layers,
        "axes": axes,
        "train": {"epochs": 1, "validation": 20},
    }


def checked(description, per_sample=5):
    network = Network.model_validate(description)
    return check_network(network, WINDOWS.numpy(), Positions(per_sample=per_sample))


def test_a_network_that_reads_every_step_passes(own):
    layout, answer = checked(recurrent())
    assert (layout.steps, layout.per_sample, answer) == (20, 5, (2,))


def test_a_network_that_reads_the_last_state_alone_is_refused(own):
    with pytest.raises(NetworkError, match="'lstm': what the network puts out does not depend"):
        checked(recurrent(read="state"))


@pytest.mark.parametrize("bias", [0.0, -1e6])
def test_zeros_behind_a_layer_are_no_reason_to_refuse_it(own, bias):
    network = Network.model_validate(recurrent("Narrow", "one", ["batch", "neuron"], bias=bias))
    assert check_network(network, WINDOWS.numpy())[1] == (2,)


def test_a_p_that_does_not_divide_names_the_divisors(own):
    with pytest.raises(ConfigError, match=r"per_sample: 3 does not divide .*valid: 1, 2, 4, 5, 10"):
        checked(recurrent(), per_sample=3)


def pair(tmp_path, labels, **changes):
    """Two recurrent networks on windows with these labels."""
    np.savez(tmp_path / "data.npz", inputs=WINDOWS.repeat(20, 1, 1).numpy(), labels=labels)
    return {
        "description": "two recurrent networks",
        "inputs": {"domain": "array", "source": str(tmp_path / "data.npz"), "labels": "labels"},
        "samples": {"fit": 48, "test": 24},
        "perturbations": {"count": 8, "delta": 0.05},
        "task": {"kind": "classification"},
        "positions": {"per_sample": 5},
        "networks": {"a": recurrent(), "b": recurrent(channels=3)},
        "diffusion": {"coordinates": 4},
        "alignment": {"shuffles": 99},
        **changes,
    }


def test_networks_of_different_numbers_of_steps_are_refused(own, tmp_path):
    content = pair(tmp_path, np.arange(100) % 2)
    check_experiment("one", Experiment.model_validate(content))
    content["networks"]["b"] = recurrent(stride=2)
    with pytest.raises(ConfigError, match=r"one: positions: .*different .* steps: a 20, b 10"):
        check_experiment("one", Experiment.model_validate(content))


@pytest.mark.parametrize(
    ("outputs", "labels", "words"),
    [
        (1, np.arange(100) % 2 * 2 - 1, r"classes 0 to 1 .* labels -1, 1"),
        (2, np.arange(100) % 2 + 1, r"classes 0 to 1 .* labels 1, 2"),
        (1, np.arange(100) % 2 / 2, r"labels are float64, 0.5 .* one whole number a sample"),
        (3, np.eye(3)[np.arange(100) % 3], r"labels are float64 of shape \('n', 3\)"),
    ],
)
def test_labels_that_outputs_cannot_tell_are_refused(own, tmp_path, outputs, labels, words):
    both = {"a": recurrent(outputs=outputs), "b": recurrent(outputs=outputs)}
    content = pair(tmp_path, np.arange(100) % 2, networks=both)
    check_experiment("one", Experiment.model_validate(content))
    content = pair(tmp_path, labels, networks=both)
    with pytest.raises(ConfigError, match=words):
        check_experiment("one", Experiment.model_validate(content))


def test_an_answer_for_every_step_is_no_class_of_a_sequence(own, tmp_path):
    each = recurrent("Stepwise")
    content = pair(tmp_path, np.arange(100) % 2, networks={"a": each, "b": each})
    with pytest.raises(NetworkError, match=r"puts out \(20, 2\) for a sample, not one logit"):
        check_experiment("one", Experiment.model_validate(content))


def test_slices_too_long_for_the_samples_are_told_beforehand(own, tmp_path):
    content = pair(tmp_path, np.arange(100) % 2, positions={"per_sample": 20})
    with pytest.raises(ConfigError, match=r"20 makes 48 slices of 80 measured .* at least 82"):
        check_experiment("one", Experiment.model_validate(content))


def test_tokens_cannot_be_perturbed(own, tmp_path):
    tokens = recurrent("Tokens", "embedding", ["batch", "time", "neuron"])
    content = pair(tmp_path, np.arange(100) % 2, networks={"a": tokens, "b": tokens})
    values = np.random.default_rng(0).integers(0, 9, (100, 20))
    np.savez(tmp_path / "data.npz", inputs=values, labels=np.arange(100) % 2)
    with pytest.raises(ConfigError, match=r"inputs are int64: perturbations\.along: noise"):
        check_experiment("one", Experiment.model_validate(content))


def test_the_source_sees_what_the_target_cannot_be_given(own, tmp_path):
    view = {"function": "own_recurrent:doubled"}
    content = pair(tmp_path, np.arange(100) % 2, stitching={"target_input": "source"})
    check_experiment("one", Experiment.model_validate(content))
    content["networks"]["b"] = {**recurrent(channels=6), "view": view}
    with pytest.raises(ConfigError, match=r"target_input: source.* a \(20, 3\), b \(20, 6\)"):
        check_experiment("one", Experiment.model_validate(content))

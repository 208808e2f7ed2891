"""Every layer that torch offers can be recorded, described, replaced, and stitched."""

import contextlib
from collections import OrderedDict

import pytest
import torch
from torch import nn

from sametask.activations.hooks import record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.maps.stitching import StitchedNetwork
from sametask.networks.outputs import leading_tensor, with_leading

STEPS, WIDTH = 6, 4
TOKENS = 9


class Fed(nn.Module):
    """One of torch's layers, what it is given of windows (n, 6, 4), and sums of all it puts out."""

    def __init__(self, own, batch=0, feed=lambda own, x: own(x)):
        super().__init__()
        self.own, self.feed, self.batch = own, feed, batch

    def forward(self, x):
        output = leading_tensor("own", self.feed(self.own, x))
        flat = output.movedim(self.batch, 0).flatten(1)
        return torch.sin(flat) @ torch.linspace(1, 2, 2 * flat.shape[1]).to(flat).reshape(-1, 2)


def time_first(own, x):
    return own(x.swapaxes(0, 1))


def encoder_layer(**keys):
    return nn.TransformerEncoderLayer(WIDTH, 2, 8, **keys)


def encoder():
    return nn.TransformerEncoder(encoder_layer(batch_first=True), 2)


BATCH_FIRST, TIME_FIRST = ("batch", "time", "neuron"), ("time", "batch", "neuron")
# Axes of the output, and how to make a network around the layer.
OWN = {
    "Linear": (BATCH_FIRST, lambda: Fed(nn.Linear(WIDTH, 5))),
    "Conv1d": (
        ("batch", "neuron", "time"),
        lambda: Fed(nn.Conv1d(WIDTH, 5, 3, padding=1), feed=lambda own, x: own(x.mT)),
    ),
    "Conv2d": (
        ("batch", "neuron", "time", "neuron"),
        lambda: Fed(nn.Conv2d(1, 3, 3, padding=1), feed=lambda own, x: own(x[:, None])),
    ),
    "LSTM": (TIME_FIRST, lambda: Fed(nn.LSTM(WIDTH, 3, 2), 1, time_first)),
    "LSTM batch first": (
        BATCH_FIRST,
        lambda: Fed(nn.LSTM(WIDTH, 3, bidirectional=True, batch_first=True)),
    ),
    "GRU": (TIME_FIRST, lambda: Fed(nn.GRU(WIDTH, 3), 1, time_first)),
    "GRU batch first": (BATCH_FIRST, lambda: Fed(nn.GRU(WIDTH, 3, batch_first=True))),
    "TransformerEncoderLayer": (TIME_FIRST, lambda: Fed(encoder_layer(), 1, time_first)),
    "TransformerEncoderLayer batch first": (
        BATCH_FIRST,
        lambda: Fed(encoder_layer(batch_first=True)),
    ),
    "TransformerEncoder": (BATCH_FIRST, lambda: Fed(encoder())),
    "LayerNorm": (BATCH_FIRST, lambda: Fed(nn.LayerNorm(WIDTH))),
    "Embedding": (BATCH_FIRST, lambda: Fed(nn.Embedding(TOKENS, WIDTH))),
    "MultiheadAttention": (
        BATCH_FIRST,
        lambda: Fed(
            nn.MultiheadAttention(WIDTH, 2, batch_first=True), feed=lambda own, x: own(x, x, x)
        ),
    ),
    "MultiheadAttention time first": (
        TIME_FIRST,
        lambda: Fed(
            nn.MultiheadAttention(WIDTH, 2),
            1,
            lambda own, x: own(*[x.swapaxes(0, 1)] * 3, need_weights=False),
        ),
    ),
}


def made(factory):
    torch.manual_seed(0)
    return factory().eval()


def windows(kind):
    if kind == "Embedding":
        return torch.randint(1, TOKENS, (5, STEPS))
    return torch.randn(5, STEPS, WIDTH)


@pytest.mark.parametrize("positions", [None, "steps"])
@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("kind", OWN)
def test_every_layer_of_torch_is_recorded_described_and_replaced(kind, grad, positions):
    axes, factory = OWN[kind]
    network, inputs = made(factory), windows(kind)
    with contextlib.nullcontext() if grad else torch.no_grad():
        layout = Layout.of(network, ["own"], "all", inputs, axes, positions)
        (own,) = record(network, ["own"], inputs)
        joined = join_layers(layout, [own])
        pieces = split_layers(layout, joined)
        answer = run_with_replaced(network, pieces, torch.zeros_like(inputs))
        expected = network(inputs)
    assert own.ndim == len(axes) and own.shape[axes.index("batch")] == 5
    assert torch.equal(pieces["own"], own)
    steps = (STEPS,) if positions else ()
    assert joined.shape == (5, *steps, own.numel() // 5 // (STEPS if positions else 1))
    assert layout.steps == (STEPS if positions else None)
    torch.testing.assert_close(answer, expected, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(expected, network(torch.zeros_like(inputs)), atol=1e-2)


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize(
    ("kind", "layer"),
    [
        ("TransformerEncoderLayer batch first", "own.linear1"),
        ("TransformerEncoderLayer batch first", "own.self_attn"),
        ("TransformerEncoder", "own.layers.0"),
        ("TransformerEncoder", "own.layers.1.linear1"),
    ],
)
def test_a_layer_inside_an_encoder_is_not_passed_by(kind, layer, grad):
    network, inputs = made(OWN[kind][1]), windows(kind)
    with contextlib.nullcontext() if grad else torch.no_grad():
        layout = Layout.of(network, [layer], "all", inputs, BATCH_FIRST, "steps")
        joined = join_layers(layout, record(network, [layer], inputs))
        same = run_with_replaced(network, split_layers(layout, joined), inputs)
        other = run_with_replaced(network, split_layers(layout, joined.flip(0)), inputs)
        expected = network(inputs)
    torch.testing.assert_close(same, expected, atol=1e-5, rtol=1e-5)
    assert (other - expected).abs().max() > 1e-2


def test_what_stands_behind_the_leading_tensor_stays():
    output, states = torch.zeros(2), (torch.ones(1), torch.ones(1))
    found = with_leading((output, states), torch.full((2,), 7.0))
    assert type(found) is tuple and found[1] is states
    assert leading_tensor("lstm", found).tolist() == [7.0, 7.0]


# Two networks of windows (n, 20, 3) whose measured layers have four neurons at each step.


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.linear = nn.LSTM(3, 4), nn.Linear(80, 2)

    def forward(self, x):
        return self.linear(self.lstm(x.swapaxes(0, 1))[0].swapaxes(0, 1).flatten(1))


class Attentive(nn.Module):
    def __init__(self, first=None):
        super().__init__()
        self.first = first or nn.Linear(3, 4)
        self.encoder = encoder_layer(batch_first=True)
        self.linear = nn.Linear(80, 2)

    def forward(self, x):
        return self.linear(self.encoder(self.first(x)).flatten(1))


def sliced(network, layer, axes, inputs, per_sample=5):
    return Layout.of(network, [layer], "all", inputs, axes, "steps").sliced(per_sample)


def pair():
    torch.manual_seed(0)
    inputs = torch.randn(7, 20, 3).double()
    networks = Recurrent().double().eval(), Attentive().double().eval()
    layouts = (
        sliced(networks[0], "lstm", TIME_FIRST, inputs),
        sliced(networks[1], "encoder", BATCH_FIRST, inputs),
    )
    return inputs, networks, layouts


@pytest.mark.parametrize("number", [0, 1])
def test_a_network_stitched_to_its_copy_is_itself(number):
    inputs, networks, layouts = pair()
    network, layout = networks[number], layouts[number]
    ends = layout, layout, inputs.shape[1:]
    stitched = StitchedNetwork(network, nn.Identity(), network, *ends)
    torch.testing.assert_close(stitched(inputs), network(inputs))


def test_slices_go_from_time_first_to_batch_first_and_back():
    inputs, (recurrent, attentive), (time, batch) = pair()
    shape = inputs.shape[1:]
    there = StitchedNetwork(recurrent, nn.Identity(), attentive, time, batch, shape)
    back = StitchedNetwork(attentive, nn.Identity(), recurrent, batch, time, shape)
    heard = recurrent.lstm(inputs.swapaxes(0, 1))[0].swapaxes(0, 1)
    torch.testing.assert_close(there(inputs), attentive.linear(heard.flatten(1)))
    seen = attentive.encoder(attentive.first(inputs))
    torch.testing.assert_close(back(inputs), recurrent.linear(seen.flatten(1)))


def test_a_network_of_tokens_is_given_token_zero():
    torch.manual_seed(0)
    network = Attentive(nn.Embedding(TOKENS, 4)).eval()
    inputs = torch.randint(1, TOKENS, (7, 20))
    layout = sliced(network, "first", BATCH_FIRST, inputs)
    ends = layout, layout, (20,), torch.int64
    stitched = StitchedNetwork(network, nn.Identity(), network, *ends)
    torch.testing.assert_close(stitched(inputs), network(inputs), atol=1e-5, rtol=1e-5)


def test_gradients_flow_through_slices():
    inputs, (recurrent, attentive), (time, batch) = pair()
    inputs.requires_grad_()
    ends = time, batch, inputs.shape[1:]
    StitchedNetwork(recurrent, nn.Identity(), attentive, *ends)(inputs).sum().backward()
    assert (inputs.grad.abs().sum(dim=(0, 2)) > 0).all()


def test_what_works_in_place_behind_a_layer_changes_neither_records_nor_replacements():
    torch.manual_seed(0)
    layers = {"one": nn.Linear(3, 4), "relu": nn.ReLU(inplace=True), "two": nn.Linear(4, 2)}
    network = nn.Sequential(OrderedDict(layers)).double()
    inputs = torch.randn(7, 3, dtype=torch.float64)
    one, _ = record(network, ["one", "two"], inputs)
    torch.testing.assert_close(one, network.one(inputs))
    replacement = one.clone()
    answer = run_with_replaced(network, {"one": replacement}, torch.zeros_like(inputs))
    torch.testing.assert_close(answer, network(inputs))
    torch.testing.assert_close(replacement, network.one(inputs))

"""Networks of windows: their layers, and training of one logit."""

import numpy as np
import pytest
import torch

from sametask.config.sections.network_sections import Training
from sametask.examples.mower import simulate
from sametask.examples.sequence_networks import conv_transformer, lstm_linear
from sametask.inputs import Blocks
from sametask.networks import list_layers
from sametask.networks.train import _loss, _measure, train

SETTINGS = Training(learning_rate=3e-2, schedule="one_cycle", batch=64, epochs=6, patience=6)


def test_the_lstm_has_the_thesis_layers():
    network = lstm_linear()
    assert [name for name, _ in network.named_children()] == ["lstm", "linear"]
    windows = torch.randn(3, 100, 6)
    assert network(windows).shape == (3, 1)
    assert network.lstm(windows)[0].shape == (3, 100, 1)
    assert network.linear.weight.shape == (1, 100)


def test_the_transformer_has_the_thesis_layers():
    network = conv_transformer()
    shapes = {info.name: info.shape for info in list_layers(network, torch.zeros(1, 100, 6))}
    assert shapes["conv"] == (64, 100)
    assert shapes["encoder1"] == shapes["encoder2"] == (100, 64)
    assert shapes["over_time"] == (64, 1)
    assert shapes["over_features"] == (1,)


@pytest.mark.parametrize("factory", [lstm_linear, conv_transformer])
def test_order_in_the_window_matters_and_other_sizes_fit(factory):
    windows = torch.randn(4, 30, 2)
    network = factory(steps=30, channels=2).eval()
    assert network(windows).shape == (4, 1)
    assert (network(windows) - network(windows.flip(1))).abs().min() > 1e-6


def test_labels_of_one_logit_are_scored_as_two_classes_are():
    logits, labels = torch.randn(50, 1), torch.randint(2, (50,))
    for smoothing in (0.0, 0.2):
        both = torch.cat([torch.zeros_like(logits), logits], dim=1)
        loss = _loss(labels, smoothing)
        torch.testing.assert_close(loss(logits, labels), loss(both, labels))
    right = -torch.log(torch.sigmoid((2 * labels - 1) * logits[:, 0])).mean()
    torch.testing.assert_close(_loss(labels, 0.0)(logits, labels), right)


def test_the_loss_of_unequal_blocks_is_that_of_all():
    inputs, labels = torch.randn(53, 3), torch.randint(2, (53,))
    network, loss = torch.nn.Linear(3, 1), _loss(labels, 0.0)
    whole = loss(network(inputs), labels).item()
    parts = [(inputs[:20], labels[:20]), (inputs[20:], labels[20:])]
    assert _measure(network, loss, Blocks((20, 33), parts.__getitem__)) == pytest.approx(
        whole, rel=1e-5
    )


def test_the_lstm_learns_to_see_strong_wear():
    data = simulate(3000, seed=1, difficulty=0.25)
    inputs, labels = torch.tensor(data["windows"]), torch.tensor(data["blades"].any(1)).long()
    torch.manual_seed(0)
    network = lstm_linear()
    training = Blocks.single(2400, (inputs[600:], labels[600:]))
    train(network, training, Blocks.single(300, (inputs[:300], labels[:300])), SETTINGS, seed=0)
    with torch.no_grad():
        said = network(inputs[300:600])[:, 0] > 0
    assert np.mean((said == labels[300:600].bool()).numpy()) > 0.75

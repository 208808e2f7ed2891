"""The back of a network whose input is zero, whose front runs once where the network allows it; and
copies of a network."""

from types import SimpleNamespace

import numpy as np
import torch
from torch import nn

from sametask.activations.layout import Layout
from sametask.activations.slices import Slices
from sametask.maps.stitching import StitchedNetwork
from sametask.verdict.task.backs import _back_of_zeros
from sametask.verdict.task.stored_learners import _sliced_inputs, record_copy, untrained_copy

# Thirty samples, mapped in three ways.
WAYS = torch.randn(3, 30, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
BATCH = 64


class Counting(nn.Module):
    """A network that counts the inputs of its front."""

    def __init__(self):
        super().__init__()
        self.front, self.back = nn.Linear(4, 5), nn.Linear(5, 3)
        self.passed = 0

    def forward(self, inputs):
        self.passed += len(inputs)
        return self.back(self.front(inputs).tanh())


class Bypassing(Counting):
    """Its answer depends on the number of inputs that came in."""

    def forward(self, inputs):
        self.passed += len(inputs)
        return self.back(self.front(inputs)) + len(inputs)


class Flattening(Counting):
    """It takes the number of samples from the inputs."""

    def forward(self, inputs):
        self.passed += len(inputs)
        return self.back(self.front(inputs)).reshape(len(inputs), 3)


def back_of(kind):
    torch.manual_seed(0)
    network = kind().double()
    layout = Layout.of(network, ["front"], "all", torch.zeros(2, 4, dtype=torch.float64))
    stitched = StitchedNetwork(network, nn.Identity(), network, layout, layout, (4,))
    network.passed = 0
    return network, stitched, _back_of_zeros(stitched, BATCH)


def one_by_one(stitched):
    return torch.stack([stitched.back(rows) for rows in WAYS])


def test_the_front_runs_once_for_as_many_samples_as_a_batch_holds():
    network, stitched, back = back_of(Counting)
    assert torch.allclose(back(WAYS), one_by_one(stitched))
    network.passed = 0
    assert back(WAYS).shape == (3, 30, 3)
    assert network.passed == 2


def test_a_network_that_needs_as_many_inputs_gets_them():
    for kind in (Bypassing, Flattening):
        network, stitched, back = back_of(kind)
        assert torch.equal(back(WAYS), one_by_one(stitched))
        network.passed = 0
        back(WAYS)
        assert network.passed == 90


class Recorded(dict):
    """The arrays of a store."""

    arrays = property(list)


def test_a_copy_with_the_trained_weights_is_no_floor(generator):
    network, stitched, _ = back_of(Counting)
    inputs = torch.randn(30, 4, generator=generator).double().numpy()
    seen = Recorded({"fit/seen": inputs[:20], "test/seen": inputs[20:]})
    recorded = SimpleNamespace(network=network, layout=stitched.measured, batch=8, activations=seen)
    whole = record_copy(network, recorded).layer.fit
    assert untrained_copy(network, recorded, whole) is None
    other = Counting().double()
    assert untrained_copy(other, recorded, whole).layer.fit.shape == whole.shape == (20, 5)
    assert untrained_copy(None, recorded, whole) is None


def test_slices_of_named_inputs_have_what_these_have_at_their_steps():
    """Of inputs of several names, those with the steps of the layer are cut as it is."""
    heights = np.arange(24.0).reshape(4, 6)
    named = {"heights": heights, "places": np.stack([heights, -heights], axis=2)}
    arrays = {
        f"{part}/seen/{name}": values for part in ("fit", "test") for name, values in named.items()
    }
    whole = {f"{part}/seen/sex": np.arange(4) for part in ("fit", "test")}
    slices = Slices(6, 2)
    for kept, width in ((arrays, 6), (arrays | whole, 6), (whole, 2)):
        layout = SimpleNamespace(
            slices=slices, inner_steps=None, rows=lambda joined: slices.cut(joined)
        )
        seen = Recorded(kept)
        found = _sliced_inputs(SimpleNamespace(layout=layout, activations=seen))
        assert found.fit.shape == found.test.shape == (12, width)

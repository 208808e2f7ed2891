"""Large checkpoints of networks with a factory: tried by their header, not read."""

import json
import math
import resource

import numpy as np
import pytest
import torch
from refusals import refusal
from safetensors.torch import save_file
from torch import nn

from sametask.check import checkpoint_trial
from sametask.check.network_trial import check_network
from sametask.check.pretrained_trial import describe_weights
from sametask.config import Network

INPUTS = np.linspace(-1, 1, 12).reshape(4, 3)


class Tied(nn.Module):
    """Two layers with the same weights, of which a checkpoint has one."""

    def __init__(self, width=3):
        super().__init__()
        self.hidden, self.again = nn.Linear(width, width), nn.Linear(width, width)
        self.again.weight = self.hidden.weight
        self.register_buffer("shift", torch.arange(float(width)))

    def forward(self, inputs):
        return self.again(self.hidden(inputs).tanh()) + self.shift


class Choosing(Tied):
    """Its factory looks at the numbers of its weights."""

    def __init__(self):
        super().__init__()
        self.scale = 1.0 if self.hidden.weight.sum() > 0 else 2.0


def network(path, factory="Tied", **keys):
    content = {"factory": f"test_checkpoint_trial:{factory}", "checkpoint": str(path)}
    return Network.model_validate(content | {"layers": "hidden"} | keys)


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    weights = {name: value.clone() for name, value in Tied().state_dict().items()}
    del weights["again.weight"]
    save_file(weights, tmp_path / "tied.safetensors")
    return tmp_path / "tied.safetensors"


@pytest.fixture
def unread(monkeypatch):
    """Every checkpoint is large, and none can be read."""
    monkeypatch.setattr(checkpoint_trial, "LARGEST", 0)
    monkeypatch.setattr("sametask.check.builds.read_weights", None)


def test_shapes_are_those_of_a_pass(saved, request):
    expected = check_network(network(saved), INPUTS)
    assert describe_weights(network(saved), True) == []
    request.getfixturevalue("unread")
    assert check_network(network(saved), INPUTS) == expected
    assert check_network(network(saved, dtype="float64"), INPUTS) == expected
    (note,) = describe_weights(network(saved), True)
    assert note.startswith("of its 18 numbers none is read")


def test_what_does_not_fit_is_told_from_the_header(saved, unread):
    wide = network(saved, arguments={"width": 5})
    refusal(lambda: check_network(wide, INPUTS), words=["has shape", "the network needs"])
    words = ["no layer 'hiden'", "'hidden'"]
    refusal(lambda: check_network(network(saved, layers="hiden"), INPUTS), words=words)
    saved.write_bytes(saved.read_bytes()[:-4])
    refusal(lambda: check_network(network(saved), INPUTS), words=["truncated or no safetensors"])


def test_a_factory_that_needs_numbers_is_built_in_full(saved, monkeypatch):
    monkeypatch.setattr(checkpoint_trial, "LARGEST", 0)
    assert check_network(network(saved, "Choosing"), INPUTS)[1] == (3,)


def test_a_huge_network_takes_no_memory(tmp_path):
    """Of seven gigabytes of weights, none is read, and none is drawn."""
    width = 30_000
    shapes = {"hidden.weight": [width, width], "again.weight": [width, width]}
    shapes |= {name: [width] for name in ("hidden.bias", "again.bias", "shift")}
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    written = json.dumps(header).encode()
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.write(len(written).to_bytes(8, "little") + written)
        # Zeros that take no place on the disk.
        file.truncate(8 + len(written) + end)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    huge = network(path, arguments={"width": width})
    layout, answer = check_network(huge, np.zeros((4, width)))
    assert (layout.total, answer) == (width, (width,))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


class Looking(Tied):
    """Its pass looks at a number."""

    def forward(self, inputs):
        return super().forward(inputs * (2.0 if inputs.abs().max() > 1e6 else 1.0))


def test_a_network_whose_pass_needs_numbers_is_tried_in_full(saved, monkeypatch):
    expected = check_network(network(saved, "Looking"), INPUTS)
    monkeypatch.setattr(checkpoint_trial, "LARGEST", 0)
    assert check_network(network(saved, "Looking"), INPUTS) == expected
    refusal(
        lambda: check_network(network(saved, "Looking"), INPUTS[:, :2]),
        words=["does not accept inputs"],
    )

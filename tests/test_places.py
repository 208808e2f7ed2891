"""Places: what a layer takes in, and parts of what it puts out, in networks of every kind."""

from collections import namedtuple
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pytest
import torch
from refusals import refusal
from torch import Tensor, nn

from sametask.activations.extract import extract_jacobians
from sametask.activations.hooks import observe, record, run_with_replaced
from sametask.activations.layout import Layout
from sametask.activations.values import require_answer
from sametask.check import check_network
from sametask.config import Network
from sametask.maps.stitching import StitchedNetwork
from sametask.networks import list_layers
from sametask.networks.calls import forward
from sametask.networks.places import numbered, parsed, place_name

INPUTS = torch.from_numpy(np.random.default_rng(0).normal(size=(7, 3)))


@dataclass(frozen=True)
class Answered:
    """What a layer or a network puts out; the number comes first, as a loss does."""

    number: Tensor | None
    hidden: Tensor
    count: int = 3


Pair = namedtuple("Pair", ["first", "second"])
WRAPPED = {
    "tuple": (lambda h: (h, 2 * h), ("0", "1")),
    "list": (lambda h: [None, h, 2 * h], ("1", "2")),
    "named tuple": (lambda h: Pair(h, 2 * h), ("first", "second")),
    "mapping": (lambda h: {"number": h.sum(), "h": h, "more": 2 * h}, ("h", "more")),
    "dataclass": (lambda h: Answered(h.sum(), h), ("hidden", None)),
    "nested": (lambda h: {"a": {"b": [h, {"c": 2 * h}]}}, ("a:b:0", "a:b:1:c")),
    "view": (lambda h: MappingProxyType({"h": h, "more": 2 * h}), ("h", "more")),
}


class Wrapping(nn.Module):
    def __init__(self, how):
        super().__init__()
        self.linear, self.how = nn.Linear(3, 4), how

    def forward(self, *, x):
        return WRAPPED[self.how][0](torch.tanh(self.linear(x)))


def unwrapped(value, path):
    for part in path.split(":"):
        if isinstance(value, list | tuple) and part.isdigit():
            value = value[int(part)]
        else:
            value = value[part] if hasattr(value, "keys") else getattr(value, part)
    return value


class Wrapped(nn.Module):
    """A layer that wraps what it puts out, and a head that takes only keywords."""

    def __init__(self, how, part):
        super().__init__()
        self.part, self.wrapping, self.head = part, Wrapping(how), nn.Bilinear(4, 4, 2)

    def forward(self, x):
        hidden = unwrapped(self.wrapping(x=x), self.part)
        return self.head(input1=hidden, input2=hidden)


class Reading(nn.Module):
    """A recurrent network that goes on from its last state."""

    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(1, 4, batch_first=True), nn.Linear(4, 2)

    def forward(self, x):
        _, (state, _) = self.lstm(x[..., None])
        return self.head(state[0])


class Worded(nn.Module):
    """A network of tokens, each with a weight; its answer is a dataclass."""

    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(9, 4), nn.Linear(4, 2)

    def forward(self, tokens, segments=None):
        hidden = self.table(tokens) + (0 if segments is None else self.table(segments))
        return Answered(hidden.sum(), self.head(hidden.sum(1)))


class Frozen(nn.Module):
    """A front without gradients, a module that puts out nothing, and work in place."""

    def __init__(self):
        super().__init__()
        self.front, self.idle, self.relu = nn.Linear(3, 4), Nothing(), nn.ReLU(inplace=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        with torch.no_grad():
            h = self.front(x)
        self.idle(h)
        return self.head(self.relu(h))


class Nothing(nn.Module):
    def forward(self, x):
        return None


def made(factory, *arguments):
    torch.manual_seed(0)
    return factory(*arguments).double().eval()


NAMES = {
    "act": ("act", None, ()),
    "a.b#2": ("a.b", 2, ()),
    "head:input": ("head", None, ("input",)),
    "lstm#3:1:0": ("lstm", 3, ("1", "0")),
    "l1#2#1": ("l1#2", 1, ()),
    "to:from#1:x": ("to:from", 1, ("x",)),
    "act#x": ("act#x", None, ()),
    "act:": ("act:", None, ()),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_a_layer_a_call_and_parts(name):
    layer, number, path = parsed(name)
    assert (layer, number, path) == NAMES[name]
    if number is None:
        assert parsed(numbered(name)) == (layer, 1, path)
        assert place_name(layer, 1, 1, path) == name or layer in ("act#x", "act:")
    else:
        assert numbered(name) == name == place_name(layer, number, 2, path)


@pytest.mark.parametrize("how", WRAPPED)
@torch.no_grad()
def test_every_part_is_recorded_put_back_and_replaced(how):
    for part in filter(None, WRAPPED[how][1]):
        network, name = made(Wrapped, how, part), f"wrapping:{part}"
        seen = observe(network, [name, "head:input"], INPUTS)
        hidden = seen.outputs[name]
        assert torch.equal(hidden, seen.outputs["head:input"])
        listed = {layer.name: layer for layer in list_layers(network, INPUTS)}
        # The tensor that an output stands for has the name of the layer alone.
        alone = ":" not in part and part == WRAPPED[how][1][0]
        assert listed["wrapping" if alone else name].replaceable == (how != "view")
        if how == "view":
            words = ["can be measured but not replaced", "'wrapping:"]
            refusal(run_with_replaced, network, {name: hidden}, INPUTS, words=words)
            continue
        back = run_with_replaced(network, {name: hidden}, INPUTS)
        assert torch.equal(back, seen.answer)
        found = run_with_replaced(network, {name: hidden.flip(0)}, INPUTS)
        torch.testing.assert_close(found, network(INPUTS.flip(0)))


@torch.no_grad()
def test_only_the_first_argument_of_a_layer_is_its_input():
    network = made(Wrapped, "tuple", "0")
    seen = observe(network, ["wrapping", "head:input"], INPUTS)
    other = torch.randn(7, 4).double()
    found = run_with_replaced(network, {"head:input": other}, INPUTS)
    torch.testing.assert_close(found, network.head(other, seen.outputs["wrapping"]))


@torch.no_grad()
def test_a_state_is_measured_where_the_outputs_are_not_read():
    network = made(Reading)
    listed = {layer.name: layer for layer in list_layers(network, INPUTS)}
    assert list(listed) == ["lstm:input", "lstm", "lstm:1:0", "lstm:1:1", "head:input", "head"]
    assert [name for name in listed if not listed[name].replaceable] == ["lstm", "lstm:1:1"]
    assert [name for name in listed if listed[name].suggestion] == ["head:input"]
    assert (listed["lstm"].shape, listed["lstm:1:0"].shape) == ((3, 4), (1, 4))
    (state,) = record(network, ["lstm:1:0"], INPUTS)
    found = run_with_replaced(network, {"lstm:1:0": state.flip(1)}, INPUTS)
    torch.testing.assert_close(found, network(INPUTS.flip(0)))


def test_an_experiment_names_places():
    keys = {"factory": "test_places:made_reading", "arguments": {}, "train": {}}
    for layer, axes in (("head:input", None), ("lstm:1:0", ["neuron", "batch", "neuron"])):
        described = Network.model_validate(keys | {"layers": layer, "axes": axes})
        layout, answer = check_network(described, INPUTS.numpy())
        assert (layout.layers, layout.total, answer) == ((layer,), 4, (2,))
        assert Layout.from_plain(layout.plain()) == layout
        network = made(Reading)
        ends = layout, layout, (3,)
        stitched = StitchedNetwork(network, nn.Identity(), network, *ends)
        torch.testing.assert_close(stitched(INPUTS), network(INPUTS))
        # A sample alone meets the zeros of the dummy input.
        torch.testing.assert_close(stitched(INPUTS[:1]), network(INPUTS[:1]))


def made_reading():
    return Reading()


def test_derivatives_and_gradients_go_through_what_a_layer_takes_in():
    network = made(Wrapped, "dataclass", "hidden")
    layout = Layout.of(network, ["head:input"], "all", INPUTS)
    found = np.empty((7, 4, 3))
    extract_jacobians(network, layout, INPUTS.numpy(), found, rows=7, batch=3)
    front = network.wrapping.linear
    expected = torch.func.vmap(torch.func.jacrev(lambda x: torch.tanh(front(x))))(INPUTS)
    np.testing.assert_allclose(found, expected.detach(), atol=1e-12)
    other = torch.randn(7, 4).double().requires_grad_()
    run_with_replaced(network, {"head:input": other}, INPUTS).sum().backward()
    assert (other.grad != 0).all()


@torch.no_grad()
def test_a_call_of_a_shared_layer_has_an_input_of_its_own():
    act = nn.Tanh()
    network = nn.Sequential(nn.Linear(3, 4), act, nn.Linear(4, 4), act, nn.Linear(4, 2)).double()
    first, second = record(network, ["1#1:input", "1#2:input"], INPUTS)
    assert torch.equal(first, network[0](INPUTS))
    assert torch.equal(second, network[2](torch.tanh(first)))
    found = run_with_replaced(network, {"1#2:input": second.flip(0)}, INPUTS)
    torch.testing.assert_close(found, network(INPUTS.flip(0)))
    words = ["'1' runs 2 times in a pass: name the call", "'1#1:input', '1#2:input'"]
    refusal(record, network, ["1:input"], INPUTS, words=words)
    words = ["there is no '1#3:input'; did you mean '1#2:input'?"]
    refusal(record, network, ["1#3:input"], INPUTS, words=words)


@torch.no_grad()
def test_fronts_without_gradients_and_work_in_place():
    network = made(Frozen)
    listed = {layer.name: layer for layer in list_layers(network, INPUTS)}
    assert list(listed) == ["front", "relu", "head"]
    assert all(layer.replaceable for layer in listed.values())
    assert listed["relu"].suggestion.startswith("what head takes in, the last linear layer")
    own, taken, after = record(network, ["front", "relu:input", "head:input"], INPUTS)
    assert torch.equal(own, network.front(INPUTS)) and torch.equal(own, taken)
    assert torch.equal(after, own.relu())
    replacement = own.flip(0)
    for name in ("front", "relu:input"):
        found = run_with_replaced(network, {name: replacement}, INPUTS)
        torch.testing.assert_close(found, network(INPUTS.flip(0)))
    assert torch.equal(replacement, own.flip(0))


@torch.no_grad()
def test_networks_are_given_mappings_of_whole_numbers():
    network = made(Worded)
    given = {"tokens": torch.randint(9, (7, 5)), "segments": torch.randint(9, (7, 5))}
    kept = {name: value.clone() for name, value in given.items()}
    seen = observe(network, ["table#1", "head:input"], given)
    answer = network(**given).hidden
    assert torch.equal(require_answer(seen.answer, 7), answer)
    assert torch.equal(require_answer(network(**given), 7), answer)
    for name, output in seen.outputs.items():
        assert torch.equal(run_with_replaced(network, {name: output}, given), answer)
        assert not torch.equal(run_with_replaced(network, {name: output + 1}, given), answer)
    assert [layer.name for layer in list_layers(network, given)] == [
        *("table#1", "table#2", "head:input", "head"),
    ]
    assert Layout.of(network, ["table#1"], "all", given).shapes == ((5, 4),)
    assert all(torch.equal(kept[name], given[name]) for name in given)
    refusal(record, network, ["table#1:input"], given, words=["takes in int64, not real"])


GIVEN = [
    ({}, "an empty mapping"),
    ({"tokens": [1, 2]}, "is given tokens of list, not a tensor"),
    ({"tokens": torch.ones(2, 5), "segments": torch.ones(3, 5)}, "segments (3, 5)"),
    ({"tokens": torch.tensor(3)}, "without one batch as their first axis: tokens ()"),
    ({1: torch.ones(2, 5)}, "under 1, which names no argument"),
    ({"words": torch.ones(2, 5).long()}, "of shape words (5,) of torch.int64, 2 at once"),
    ([[1, 2]], "is given a list, not a tensor or a mapping"),
]


@pytest.mark.parametrize(("given", "words"), GIVEN)
def test_what_no_network_can_be_given_is_one_line(given, words):
    for function in (forward, list_layers):
        refusal(function, made(Worded), given, words=[words])


REFUSED = [
    ("lstm:1", "'lstm:1' puts out a tuple (Tensor, Tensor), not a tensor", "such as 'lstm:1:0'"),
    ("lstm:2", "'lstm' puts out no '2'; valid: '0', '1', 'input'"),
    ("lstm:1:2", "'lstm:1' puts out no '2'; valid: '0', '1'"),
    ("head:inptu", "'head' puts out one Tensor, no 'inptu' of it; did you mean 'input'?"),
    ("head:input:0", "no 'head:input:0': what a layer takes in is one tensor, 'head:input'"),
    ("haed:input", "no layer 'haed'; did you mean 'head'?"),
    ("idle:input", "'idle' does not run"),
    (("lstm", "lstm:0"), "layers: 'lstm' and 'lstm:0' are the same place"),
    (("lstm:1:0", "lstm#1:1:0"), "layers: 'lstm:1:0' and 'lstm#1:1:0' are the same place"),
    (("head:input", "head#1:input"), "'head:input' and 'head#1:input' are the same place"),
]


@pytest.mark.parametrize(("names", "words"), [(case[0], case[1:]) for case in REFUSED])
def test_what_names_no_place_is_refused_with_the_nearest(names, words):
    network = made(Reading)
    network.idle = nn.Identity()
    names = [names] if isinstance(names, str) else list(names)
    refusal(record, network, names, INPUTS, words=words)
    replacements = dict.fromkeys(names, torch.zeros(7, 4).double())
    if len(names) == 1:
        refusal(run_with_replaced, network, replacements, INPUTS, words=words)


def test_what_puts_out_or_takes_in_nothing_is_told():
    network = made(Frozen)
    refusal(record, network, ["idle"], INPUTS, words=["'idle' puts out a NoneType, not a tensor"])
    network = nn.Sequential(nn.Linear(3, 4), Nothing()).double()
    refusal(record, network, ["1:0"], INPUTS, words=["puts out one NoneType, no '0' of it"])
    words = ["puts out a NoneType, not one tensor"]
    refusal(require_answer, forward(network, INPUTS), 7, words=words)


def test_layers_whose_names_look_like_parts_are_named_with_their_call():
    network = nn.ModuleDict({"to:from": nn.Linear(3, 4)}).double()
    network.forward = lambda x: network["to:from"](x)
    assert [layer.name for layer in list_layers(network, INPUTS)] == ["to:from#1"]
    assert record(network, ["to:from#1"], INPUTS)[0].shape == (7, 4)
    assert torch.equal(*record(network, ["to:from#1:input"], INPUTS), INPUTS)
    words = ["no layer 'to'; did you mean 'to:from#1'?"]
    refusal(record, network, ["to:from"], INPUTS, words=words)

"""Layers that run more than once in a pass: each call is recorded and replaced by itself."""

import numpy as np
import pytest
import torch
from refusals import refusal
from torch import nn

from sametask.activations.extract import extract_jacobians, extract_samples
from sametask.activations.hooks import record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.check import check_network
from sametask.cli.main import main
from sametask.config import Network
from sametask.maps.stitching import StitchedNetwork
from sametask.networks import list_layers

INPUTS = torch.from_numpy(np.random.default_rng(0).normal(size=(7, 3)))


class Shared(nn.Module):
    """Two layers that share their activation function."""

    def __init__(self):
        super().__init__()
        self.l1, self.l2, self.l3 = nn.Linear(3, 5), nn.Linear(5, 5), nn.Linear(5, 2)
        self.act, self.once = nn.Tanh(), nn.Identity()

    def forward(self, x):
        return self.l3(self.once(self.act(self.l2(self.act(self.l1(x))))))


class Loop(nn.Module):
    """A block of two modules that runs ``times``, and a head."""

    def __init__(self, times=3):
        super().__init__()
        self.block, self.times = nn.Sequential(nn.Linear(3, 3), nn.Tanh()), times
        self.head = nn.Linear(3, 2)

    def forward(self, x):
        for _ in range(self.times):
            x = self.block(x)
        return self.head(x)


class Cell(Loop):
    """A recurrent cell along the inputs, which begins at zero in every pass."""

    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(1, 3)

    def forward(self, x):
        state = x.new_zeros(len(x), 3)
        for step in range(x.shape[1]):
            state = self.cell(x[:, step, None], state)
        return self.head(state)


class Counting(Loop):
    """Runs its block again where an input has a positive sum."""

    def forward(self, x):
        return self.head(self.block(self.block(x) if (x.sum(1) > 0).any() else x))


class Hashed(Shared):
    def __init__(self):
        super().__init__()
        self.add_module("l1#2", nn.Identity())

    def forward(self, x):
        return super().forward(getattr(self, "l1#2")(x))


def in_a_row():
    """One module in two places of a row."""
    act = nn.Tanh()
    return nn.Sequential(nn.Linear(3, 3), act, nn.Linear(3, 3), act, nn.Linear(3, 2))


def blocks_in_a_row():
    block = nn.Sequential(nn.Linear(3, 3), nn.Tanh())
    return nn.Sequential(block, block, nn.Linear(3, 2))


def attentive():
    layer = nn.TransformerEncoderLayer(3, 1, 4, batch_first=True)
    return nn.Sequential(nn.Unflatten(1, (1, 3)), layer, layer, nn.Flatten(), nn.Linear(3, 2))


NETWORKS = {
    "shared": (Shared, ["act#1", "act#2"]),
    "loop": (Loop, ["block#1", "block.0#2", "block.1#3"]),
    "cell": (Cell, ["cell#1", "cell#2", "cell#3"]),
    "in a row": (in_a_row, ["1#1", "1#2"]),
    "blocks in a row": (blocks_in_a_row, ["0.0#1", "0#1", "0.1#2"]),
    "attentive": (attentive, ["1#1", "1.linear1#2", "1.self_attn#2", "1#2"]),
    "hashed": (Hashed, ["l1#2#1", "act#2"]),
}


def made(name):
    torch.manual_seed(0)
    return NETWORKS[name][0]().double().eval()


def checked(name, layers, dtype="float64"):
    factory = "test_calls:made", {"name": name}
    keys = {"factory": factory[0], "arguments": factory[1], "train": {}, "dtype": dtype}
    return check_network(Network.model_validate(keys | {"layers": layers}), INPUTS.numpy())


def test_calls_are_listed_in_the_order_in_which_they_run():
    names = [info.name for info in list_layers(made("shared"), INPUTS)]
    assert names == ["l1", "act#1", "l2", "act#2", "once", "l3"]
    names = [info.name for info in list_layers(made("blocks in a row"), INPUTS)]
    assert names == ["0.0#1", "0.1#1", "0#1", "0.0#2", "0.1#2", "0#2", "2"]


def test_the_command_lists_calls_and_names_what_has_none(capsys):
    main(["layers", "test_calls:made", "--arguments", '{"name": "loop"}', "--input-shape", "3"])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:-1]] == [
        *[f"block{part}#{call}" for call in (1, 2, 3) for part in (".0", ".1", "")],
        "head",
    ]
    with pytest.raises(SystemExit, match="no layer that can be measured"):
        main(["layers", "torch.nn:Identity", "--input-shape", "3"])


def test_a_call_is_recorded_whatever_is_recorded_with_it():
    network = made("shared")
    first = torch.tanh(network.l1(INPUTS))
    second = torch.tanh(network.l2(first))
    for layers in (["act#1"], ["act#2"], ["act#2", "l3"], ["l3", "act#2", "act#1"], ["once"]):
        expected = {"act#1": first, "act#2": second, "once": second, "l3": network.l3(second)}
        for name, output in zip(layers, record(network, layers, INPUTS), strict=True):
            torch.testing.assert_close(output, expected[name])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_pass_goes_on_to_the_call_that_is_named_and_no_further(number):
    network, runs = made("loop"), []
    network.block.register_forward_hook(lambda *_: runs.append(1))
    record(network, [f"block#{number}"], INPUTS)
    assert len(runs) == number


def test_only_the_named_call_is_replaced():
    network = made("shared")
    other = torch.zeros(7, 5).double()
    found = run_with_replaced(network, {"act#1": other}, INPUTS)
    torch.testing.assert_close(found, network.l3(torch.tanh(network.l2(other))))
    found = run_with_replaced(network, {"act#2": other}, INPUTS)
    torch.testing.assert_close(found, network.l3(other))
    both = run_with_replaced(network, {"act#2": other, "act#1": INPUTS @ INPUTS.T[:, :5]}, INPUTS)
    torch.testing.assert_close(both, network.l3(other))


@pytest.mark.parametrize("name", NETWORKS)
def test_calls_put_back_are_the_network_itself(name):
    network, layers = made(name), NETWORKS[name][1]
    with torch.no_grad():
        expected = network(INPUTS)
        assert checked(name, layers)[1] == (2,)
        for chosen in (*([layer] for layer in layers), layers):
            layout = Layout.of(network, chosen, "all", INPUTS)
            own = split_layers(layout, join_layers(layout, record(network, layout.calls, INPUTS)))
            torch.testing.assert_close(run_with_replaced(network, own, INPUTS), expected)
    last = Layout.of(network, layers[-1:], "all", INPUTS)
    stitched = StitchedNetwork(network, nn.Identity(), network, last, last, [3])
    torch.testing.assert_close(stitched(INPUTS), expected)


REFUSED = [
    ("shared", ["act"], "'act' runs 2 times in a pass: name the call", "'act#1', 'act#2'"),
    ("shared", ["act#3"], "'act' runs 2 times", "no 'act#3'; did you mean 'act#2'?"),
    ("shared", ["act#0"], "no 'act#0'; did you mean 'act#1'?"),
    ("shared", ["once#2"], "'once' runs once in a pass", "did you mean 'once#1'?"),
    ("shared", ["ect#2"], "no layer 'ect'; did you mean 'act'"),
    ("shared", ["act#x"], "no layer 'act#x'; did you mean 'act'"),
    ("shared", ["once", "once#1"], "'once' and 'once#1' are the same place"),
    ("shared", ["act#2", "act#02"], "'act#2' and 'act#02' are the same place"),
    ("loop", ["block.1"], "runs 3 times", "'block.1#1', 'block.1#2', 'block.1#3'"),
    ("in a row", ["3"], "'3' is the same module as '1'", "'1#1'"),
    ("blocks in a row", ["1.0#2"], "'1.0' is the same module as '0.0'"),
]


@pytest.mark.parametrize(("name", "layers", "words"), [(*case[:2], case[2:]) for case in REFUSED])
def test_what_names_no_single_call_is_refused_by_every_way(name, layers, words):
    network = made(name)
    refusal(record, network, layers, INPUTS, words=words)
    refusal(Layout.of, network, layers, "all", INPUTS, words=words)
    refusal(checked, name, layers, words=words)
    replacements = dict.fromkeys(layers, torch.zeros(7, 5 if name == "shared" else 3).double())
    refusal(run_with_replaced, network, replacements, INPUTS, words=words)


def test_a_layer_that_runs_once_may_be_named_with_its_number():
    network = made("shared")
    one, other = (record(network, [name], INPUTS)[0] for name in ("l2", "l2#1"))
    assert torch.equal(one, other)
    assert checked("shared", ["l2#1"])[0].layers == ("l2#1",)


@pytest.mark.parametrize("layer", ["block#1", "block#2"])
def test_a_number_of_calls_that_depends_on_the_inputs_is_noticed(layer):
    NETWORKS["counting"] = Counting, []
    refusal(checked, "counting", [layer], words=["'block", "runs"])
    network = made("counting")
    inputs = INPUTS[INPUTS.sum(1).argsort()].numpy()
    layout = Layout.of(network, ["block#1"], "all", torch.from_numpy(inputs))
    words = ["'block#1' runs once in one pass and 2 times in another"]
    refusal(extract_samples, network, layout, inputs, 1, words=words)


def test_derivatives_are_those_of_the_call():
    network = made("shared")
    layout = Layout.of(network, ["act#2"], "all", INPUTS)
    found = np.empty((7, 5, 3))
    extract_jacobians(network, layout, INPUTS.numpy(), found, rows=7, batch=3)
    expected = torch.func.vmap(
        torch.func.jacrev(lambda x: torch.tanh(network.l2(torch.tanh(network.l1(x)))))
    )(INPUTS)
    np.testing.assert_allclose(found, expected.detach(), atol=1e-12)


COMPILED = {
    "scripted": torch.jit.script,
    "traced": lambda network: torch.jit.trace(network, INPUTS),
    "compiled": lambda network: torch.compile(network, backend="eager"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("how", COMPILED)
def test_layers_inside_compiled_modules_are_refused_and_those_around_are_not(how):
    inner = COMPILED[how](made("in a row"))
    network = nn.Sequential(inner, nn.Linear(2, 2).double())
    words = ["is in a compiled module (TorchScript or torch.compile)", "without compiling it"]
    refusal(record, inner, ["1#1"], INPUTS, words=words)
    inside = [name for name, _ in network.named_modules() if name.startswith("0.")][1]
    refusal(record, network, [inside], INPUTS, words=words)
    (own,) = record(network, ["1"], INPUTS)
    assert torch.equal(own, network(INPUTS))
    # The input of a layer behind a compiled module has no other name.
    assert [info.name for info in list_layers(network, INPUTS)] == ["1:input", "1"]

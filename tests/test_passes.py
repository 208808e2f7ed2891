"""Passes must be a function of each input alone, and put out numbers that can be measured."""

import numpy as np
import odd_networks
import pytest
import torch
from odd_networks import ANSWERS, FINE, KEPT, LAYERS, MIXED, NOISY, Answering, Does, Odd
from refusals import refusal
from torch import nn

from sametask.activations.extract import extract_perturbed, extract_samples
from sametask.activations.hooks import observe, record, run_with_replaced
from sametask.activations.layout import Layout
from sametask.check import check_network
from sametask.config import Network

INPUTS = np.random.default_rng(0).normal(size=(4, 3))


def checked(factory, layer="act", dtype="float64", **arguments):
    keys = {"factory": f"odd_networks:{factory}", "arguments": arguments, "train": {}}
    network = Network.model_validate(keys | {"layers": layer, "dtype": dtype})
    return check_network(network, INPUTS)


CHANCE = "two passes over the same inputs differ: dropout or noise"
EARLIER = "what it puts out depends on earlier passes"
OTHERS = "depends on the other inputs of its batch"
# Where not the layer "odd" is the first in which it shows.
INSIDE = {
    "rare dropout": "layer '",
    "lively dropout": "'odd.0'",
    "state": "'odd.gru'",
    "cache": "layer '",
    "scale": "layer '",
    "no momentum": "'odd.0'",
}
TRIALS = [
    *[("noisy", name, CHANCE) for name in NOISY],
    *[("kept", name, EARLIER) for name in KEPT],
    *[("mixed", name, OTHERS) for name in MIXED],
]


@pytest.mark.parametrize(("kind", "name", "words"), TRIALS)
def test_a_network_that_is_no_function_of_its_input_is_refused(kind, name, words):
    torch.manual_seed(0)
    words = [words, INSIDE.get(name, "layer 'odd'")]
    if name in ("lively dropout", "no momentum"):
        words.append("It runs in training mode.")
    refusal(lambda: checked("odd", name=name, kind=kind), words=words)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", FINE)
def test_what_is_a_function_of_its_input_passes(name, dtype):
    assert checked("odd", dtype=dtype, name=name, kind="fine")[1] == (2,)


ANSWERED = {
    "no axis": "puts out () for a batch of 4: the first axis must be the batch",
    "another batch": "puts out (2, 4) for a batch of 4",
    "twice the batch": "puts out (8, 4) for a batch of 4",
    "first ten": "puts out (10, 4) for a batch of",
    "squeezed": "puts out (4,) for a batch of 1",
    "empty": "puts out (4, 0) for a batch of 4: no numbers at all",
    "nan": "tried sample 0: the network puts out nan",
    "infinite": "tried sample 0: the network puts out -inf",
    "huge": "e+159, too large to be squared",
    "classes": "puts out int64, not real numbers",
    "truth": "puts out bool, not real numbers",
    "complex": "puts out complex128, not real numbers",
    "sparse": "puts out a sparse or nested tensor",
    "meta": "puts out a tensor on the meta device",
    "none": "puts out a NoneType, not one tensor",
    "exit": "its forward pass calls sys.exit('bye')",
    "raises": "does not accept inputs of shape (3,) of torch.float64, 4 at once: ZeroDivisionError",
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_cannot_be_judged_is_refused(name):
    refusal(lambda: checked("answers", name=name), words=[ANSWERED[name]])


LAID_OUT = {
    "no axis": "puts out () for a batch of 2: no single axis is the batch",
    "mixed axes": "puts out (8,) for a batch of 2: no single axis is the batch",
    "empty": "puts out (2, 0) for a batch of 2: no neurons at all",
    "nan": "neuron 0: tried sample 0 has an activation that is nan",
    "huge": "e+159, too large to be squared",
    "text": "puts out a str, not a tensor",
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_that_cannot_be_measured_is_refused(name):
    words = ["layer 'odd'", LAID_OUT.get(name) or ANSWERED[name]]
    refusal(lambda: checked("layer", layer="odd", name=name), words=words)


# What a job does with them.


def measured(network, inputs, batch=100, layer="act"):
    network = network.double().eval()
    layout = Layout.of(network, [layer], "all", torch.from_numpy(inputs[:1]))
    return extract_samples(network, layout, inputs, batch)


def test_networks_that_work_in_place_change_nothing_that_is_kept():
    torch.manual_seed(0)
    network, inputs = Answering(odd_networks.in_place).double(), INPUTS.copy()
    moved = torch.from_numpy(3 * INPUTS + 1)
    whole, outputs = measured(network, inputs, batch=3)
    layout = Layout.of(network, ["act"], "all", torch.from_numpy(inputs[:1]))
    around = np.empty((4, 2, 4))
    draw = lambda part, _: np.repeat(part[:, None], 2, axis=1)  # noqa: E731
    extract_perturbed(network, layout, inputs, draw, around, rows=4, batch=4)
    found = run_with_replaced(network, {"act": torch.from_numpy(whole)}, torch.from_numpy(inputs))
    assert np.array_equal(inputs, INPUTS)
    h = torch.tanh(network.net(moved))
    torch.testing.assert_close(torch.from_numpy(whole), h.detach())
    torch.testing.assert_close(torch.from_numpy(around), h[:, None].expand(4, 2, 4).detach())
    for answer in (torch.from_numpy(outputs), found):
        torch.testing.assert_close(answer.detach(), (h + moved.sum(1, keepdim=True)).detach())


def test_answers_in_memory_that_is_used_again_are_kept():
    torch.manual_seed(0)
    network = Answering(odd_networks.into_memory)
    whole, outputs = measured(network, INPUTS, batch=1)
    np.testing.assert_array_equal(outputs, whole)
    assert len(np.unique(outputs[:, 0])) == 4


def at(sample, value):
    """A function of h that is ``value`` for one of the samples, told by its input."""
    return lambda h, x: torch.where(x[:, :1] == INPUTS[sample, 0], value, h)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (at(2, torch.nan), "sample 2: the network puts out nan"),
        (at(3, -torch.inf), "sample 3: the network puts out -inf"),
        (at(1, 1e160), "sample 1: the network puts out 1e+160, too large to be squared"),
        (lambda h, x: h[:2], "puts out (2, 4) for a batch of 3: the first axis must be the batch"),
        (lambda h, x: h.nonzero()[:, 0], "puts out int64"),
        (lambda h, x: h[:, : len(x)], "puts out (3,) for some samples and (1,) for others"),
    ],
)
def test_a_job_names_the_sample_for_which_a_network_puts_out_no_number(function, words):
    network = odd_networks.answering(function)()
    refusal(measured, network, INPUTS, 3, words=[words])


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (at(2, 1e160), "layer 'odd', neuron 0: sample 2 has an activation that is 1e+160, too"),
        (at(1, torch.nan), "layer 'odd', neuron 0: sample 1 has an activation that is nan"),
        (lambda h, x: h[:, : 3 + (len(x) < 3)], "layer 'odd' puts out (3, 3) where it was"),
        (lambda h, x: h[:2], "layer 'odd' puts out"),
    ],
)
def test_a_job_names_the_layer_that_puts_out_no_number(function, words):
    def forward(self, x):
        h = self.act(self.net(x))
        return (h, self.odd((h, x)))[0]

    network = Answering(forward)
    network.odd = Does(lambda _, both: function(*both))
    refusal(measured, network, INPUTS, 3, "odd", words=[words])


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
def test_half_precision_is_kept_as_it_is_and_told(kind, caplog):
    torch.manual_seed(0)
    network = Odd(Does(lambda _, x: x.to(kind))).double()
    network.act = Does(lambda _, x: x.tanh())
    network.two = nn.Identity()
    inputs = torch.from_numpy(INPUTS)
    whole, outputs = measured(network, INPUTS)
    assert whole.dtype == np.float32 and np.array_equal(whole, outputs)
    assert np.array_equal(whole, network(inputs).detach().float().numpy())
    assert f"layer 'act' puts out {str(kind)[6:]}" in caplog.text
    back = run_with_replaced(network, {"act": torch.from_numpy(whole).double()}, inputs)
    assert torch.equal(back, network(inputs))


def test_autocast_in_a_forward_pass_is_a_network_like_others():
    def forward(self, x):
        with torch.autocast("cpu", torch.bfloat16):
            return self.act(self.net(x)).float()

    network = Answering(forward).eval()
    inputs = INPUTS.astype(np.float32)
    layout = Layout.of(network, ["net"], "all", torch.from_numpy(inputs[:1]))
    whole, outputs = extract_samples(network, layout, inputs, 2)
    assert whole.dtype == outputs.dtype == np.float32
    np.testing.assert_allclose(np.tanh(whole), outputs, atol=2e-2)


def test_what_a_network_computes_with_gradients_of_its_own_is_recorded():
    torch.manual_seed(0)
    network = Odd(odd_networks.FINE["slope"]()).double()
    whole, outputs = measured(network, INPUTS)
    x = network.one(torch.from_numpy(INPUTS))
    expected = torch.tanh(-2 * x * x.square().sin())
    np.testing.assert_allclose(whole, expected.detach())
    np.testing.assert_allclose(outputs, network.two(expected).detach())


def test_the_end_of_a_pass_is_not_caught_by_a_network():
    class Careful(nn.Sequential):
        def forward(self, x):
            try:
                return super().forward(x)
            except Exception:
                return x

    runs = []
    network = Careful(nn.Linear(3, 2), nn.Linear(2, 2)).double()
    network[1].register_forward_hook(lambda *_: runs.append(1))
    record(network, ["0#1"], torch.from_numpy(INPUTS))
    assert runs == []
    assert observe(network, ["0"], torch.from_numpy(INPUTS)).answer.shape == (4, 2)

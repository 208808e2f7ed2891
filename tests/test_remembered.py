"""Passes that are repeated from a replaced place on: the same answers, fewer computations."""

import pytest
import torch
from pretrained_networks import SMALL, TOKENS, configuration, transformers
from torch import nn

from sametask.activations.hooks import record, run_with_replaced
from sametask.networks.remembered import answering, remember
from sametask.verdict.task.backs import _one_by_one


class Shared(nn.Module):
    """One activation function is used before and after the layer, and once more in a block."""

    def __init__(self):
        super().__init__()
        self.act = nn.ReLU(inplace=True)
        self.first, self.alone = nn.Linear(3, 4), nn.Sequential(nn.Linear(4, 4), nn.Tanh())
        self.block = nn.Sequential(nn.Linear(4, 4), self.act)
        self.layer, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(self, x):
        first = self.alone(self.act(self.first(x)))
        return self.head(self.act(self.layer(self.block(first))) + first)


class Counting(nn.Module):
    """Every pass differs from the one before: it has a state of its own."""

    def __init__(self):
        super().__init__()
        self.step, self.layer, self.head = nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 2)
        self.passes = 0

    def forward(self, x):
        self.passes += 1
        return self.head(self.layer(self.step(x))) * self.passes


class Counted:
    """How often a module computes."""

    def __init__(self, module):
        self.count = 0
        forward = module.forward

        def counted(*arguments, **named):
            self.count += 1
            return forward(*arguments, **named)

        module.forward = counted


@pytest.fixture
def inputs():
    return torch.randn(5, 3)


def seeded(kind):
    torch.manual_seed(0)
    return kind().eval()


def replaced(network, name, rows, inputs):
    with torch.no_grad():
        return run_with_replaced(network, {name: rows}, inputs)


def test_what_comes_before_the_layer_is_computed_once(inputs):
    network, rows = seeded(Shared), torch.randn(3, 5, 4)
    expected = [replaced(network, "layer", some, inputs) for some in rows]
    kept = remember(network, ["layer"], lambda: replaced(network, "layer", rows[0], inputs))
    # Not the shared function, and not the block with it: the number of its calls would change.
    assert set(kept) == {network.first, network.alone, network.block[0], network.layer}
    counted = {name: Counted(getattr(network, name)) for name in ("first", "head")}
    with answering(kept):
        for some, answer in zip(rows, expected, strict=True):
            torch.testing.assert_close(replaced(network, "layer", some, inputs), answer)
    assert (counted["first"].count, counted["head"].count) == (0, 3)
    replaced(network, "layer", rows[0], inputs)
    assert counted["first"].count == 1


@pytest.mark.parametrize("name", ["act#2", "layer:input", "head:input", "alone"])
def test_any_place_gives_the_same_answers(name, inputs):
    network = seeded(Shared)
    (own,) = record(network, [name], inputs)
    rows = [own.detach(), torch.randn_like(own)]
    expected = [replaced(network, name, some, inputs) for some in rows]
    kept = remember(network, [name], lambda: replaced(network, name, rows[0], inputs))
    with answering(kept):
        found = [replaced(network, name, some, inputs) for some in rows]
    torch.testing.assert_close(found, expected)


class Stitched:
    """What the back of a network needs of a stitched one."""

    def __init__(self, network, layer):
        self.target, self.layer = network, layer
        self.replaced = self
        self.layers = (layer,)

    def back(self, rows, inputs):
        return replaced(self.target, self.layer, rows, inputs)


def test_a_network_with_a_state_is_computed_whole(inputs):
    network, ways = seeded(Counting), torch.randn(4, 5, 3)
    answers = _one_by_one(Stitched(network, "layer"), inputs)(ways)
    plain = [replaced(network, "layer", rows, inputs) / network.passes for rows in ways]
    passes = network.passes - len(ways)
    expected = [row * (passes - 3 + n) for n, row in enumerate(plain)]
    torch.testing.assert_close(answers.float(), torch.stack(expected))


@pytest.mark.parametrize("kind", ["Bert", "XLNet"])
def test_transformers_answer_the_same(kind):
    keys = {"d_model": 16, "n_layer": 2, "n_head": 2, "d_inner": 24, "vocab_size": 50}
    config = configuration(kind, **(SMALL if kind == "Bert" else keys))
    torch.manual_seed(0)
    network = getattr(transformers, f"{kind}ForSequenceClassification")(config).eval()
    layer = "bert.encoder.layer.1" if kind == "Bert" else "transformer.layer.1"
    given = {"input_ids": TOKENS, "attention_mask": torch.ones_like(TOKENS)}
    (own,) = record(network, [layer], given)
    rows = [own.detach(), torch.randn_like(own)]
    expected = [replaced(network, layer, some, given) for some in rows]
    kept = remember(network, [layer], lambda: replaced(network, layer, rows[0], given))
    counted = Counted(network.get_submodule(layer.replace("1", "0")))
    with answering(kept):
        torch.testing.assert_close([replaced(network, layer, r, given) for r in rows], expected)
    assert counted.count == 0

"""Stacked training: each member is what it would be alone."""

import pytest
import torch

from sametask.base.errors import ConfigError
from sametask.networks.stacked import StackedPerceptron, train_stacked

WIDTHS, ACTIVATIONS = [2, 12, 8, 1], ["tanh", "silu"]


def make(count, seed=0):
    return StackedPerceptron.drawn(count, WIDTHS, ACTIVATIONS, torch.Generator().manual_seed(seed))


def batches(targets, seed=1):
    """Shared inputs and, of each member, one of some functions of them."""
    draw = torch.Generator().manual_seed(seed)

    while True:
        inputs = torch.rand(32, 2, generator=draw)
        yield inputs, torch.stack([target(inputs) for target in targets])


def test_a_member_is_an_ordinary_module_that_computes_the_same():
    stack, inputs = make(3), torch.rand(7, 2)
    layers = stack(inputs)
    assert [tuple(layer.shape) for layer in layers] == [(3, 7, 12), (3, 7, 8), (3, 7, 1)]
    for index in range(3):
        member = stack.member(index)
        torch.testing.assert_close(member(inputs), layers[-1][index])
        torch.testing.assert_close(member[:2](inputs), layers[0][index])


def test_members_may_have_no_biases():
    weights = [weight.detach() for weight in make(3).weights]
    stack, inputs = StackedPerceptron(weights, [], ACTIVATIONS), torch.rand(7, 2)
    assert list(dict(stack.member(1).named_parameters())) == [
        "linear1.weight", "linear2.weight", "linear3.weight",
    ]  # fmt: skip
    torch.testing.assert_close(stack.member(1)(inputs), stack(inputs)[-1][1])


@pytest.mark.parametrize("biased", [True, False])
def test_weights_stand_unit_by_unit_and_biases_after_them(biased):
    whole = make(3)
    stack = StackedPerceptron(whole.weights, whole.biases if biased else [], ACTIVATIONS)
    found, member = stack.flattened(), stack.member(1)
    wanted = [values.detach().flatten() for values in member.parameters()]
    assert torch.equal(found[1], torch.cat(wanted))


def test_members_do_not_influence_each_other():
    """The first of three members ends as it does beside others that learn something else."""
    first = make(3), make(3)
    one = [lambda x: x[:, :1], lambda x: x[:, 1:], lambda x: x.sum(1, keepdim=True)]
    other = [one[0], lambda x: 50 * x[:, 1:] ** 2, lambda x: -x[:, :1]]
    for stack, targets in zip(first, (one, other), strict=True):
        train_stacked(stack, batches(targets), steps=30, learning_rate=1e-2)
    for name, values in first[0].state_dict().items():
        torch.testing.assert_close(values[0], first[1].state_dict()[name][0])
        assert not torch.allclose(values[1], first[1].state_dict()[name][1])


def test_a_stack_learns_and_repeats_itself():
    results = []
    for _ in range(2):
        stack = make(2)
        target = [lambda x: torch.sin(2 * x[:, :1]), lambda x: x[:, :1] * x[:, 1:]]
        train_stacked(stack, batches(target), steps=1000, learning_rate=1e-2)
        inputs = torch.rand(200, 2, generator=torch.Generator().manual_seed(9)).double()
        outputs = stack(inputs)[-1]
        assert outputs.dtype == torch.float64
        errors = [
            ((found - wanted(inputs)).square().mean() / wanted(inputs).var()).item()
            for found, wanted in zip(outputs, target, strict=True)
        ]
        results.append(errors)
    assert max(results[0]) < 0.02
    assert results[0] == results[1]


def test_an_unknown_activation_is_an_error():
    with pytest.raises(ConfigError, match="did you mean 'tanh'"):
        StackedPerceptron.drawn(1, [1, 1, 1], ["tanhh"], torch.Generator())

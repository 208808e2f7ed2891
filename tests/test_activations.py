"""Recording and replacing activations, and extracting them without keeping them."""

import re
import tracemalloc

import numpy as np
import pytest
import torch
from torch import nn

from sametask.activations.describe import describe
from sametask.activations.extract import extract_jacobians, extract_perturbed, extract_samples
from sametask.activations.hooks import record, run_with_replaced
from sametask.activations.joining import join_layers, split_layers
from sametask.activations.layout import Layout
from sametask.base.errors import DataError, NetworkError
from sametask.examples.small_networks import cnn, mlp


@pytest.fixture
def network():
    torch.manual_seed(0)
    return mlp([3, 6, 5, 2]).double()


def all_of(network, *layers, inputs):
    return Layout.of(network, layers, "all", inputs)


def test_recorded_outputs_are_those_of_the_layers(network):
    inputs = torch.randn(7, 3).double()
    first, second = record(network, ["tanh1", "linear2"], inputs)
    torch.testing.assert_close(first, torch.tanh(network.linear1(inputs)))
    torch.testing.assert_close(second, network.linear2(first))


def test_the_pass_stops_after_the_last_layer(network):
    class Boom(nn.Module):
        def forward(self, _):
            raise AssertionError("ran past the last layer")

    network.output = Boom()
    assert record(network, ["tanh2#1", "tanh1#1"], torch.randn(2, 3).double())[0].shape == (2, 5)


def test_no_hook_is_left_behind(network):
    inputs = torch.randn(2, 3).double()
    record(network, ["tanh1"], inputs)
    run_with_replaced(network, {"tanh1": torch.zeros(2, 6).double()}, inputs)
    assert all(not module._forward_hooks for module in network.modules())


def test_a_layer_that_does_not_run_is_named(network):
    network.spare = nn.Linear(2, 2)
    network.forward = lambda x: network.linear1(x)
    with pytest.raises(NetworkError, match="'spare' does not run"):
        record(network, ["spare"], torch.randn(2, 3).double())


def test_neurons_of_several_layers_stand_in_the_order_they_are_named(network):
    inputs = torch.randn(4, 3).double()
    layout = Layout.of(network, ["tanh2", "tanh1"], [0, 4, 5, 10], inputs)
    second, first = record(network, ["tanh2", "tanh1"], inputs)
    measured = layout.measure(join_layers(layout, [second, first]))
    expected = torch.stack([second[:, 0], second[:, 4], first[:, 0], first[:, 5]], dim=1)
    torch.testing.assert_close(measured, expected)
    assert Layout.from_plain(layout.plain()) == layout


def test_all_neurons_in_another_order_are_measured_in_that_order(network):
    inputs = np.random.default_rng(0).normal(size=(4, 3))
    order = [5, 0, 1, 2, 3, 4]
    layout = Layout.of(network, ["tanh1"], order, torch.from_numpy(inputs))
    whole, _ = extract_samples(network, layout, inputs, batch=10)
    around = np.empty((4, 1, 6))
    extract_perturbed(network, layout, inputs, lambda part, _: part[:, None], around, 4, 10)
    np.testing.assert_array_equal(around[:, 0], whole[:, order])


def test_splitting_undoes_joining():
    torch.manual_seed(0)
    network = cnn(8, [2, 3], 5, 10).double()
    images = torch.randn(4, 1, 8, 8).double()
    layout = all_of(network, "pool", "features", inputs=images)
    outputs = record(network, ["pool", "features"], images)
    pieces = split_layers(layout, join_layers(layout, outputs))
    for name, output in zip(layout.layers, outputs, strict=True):
        assert torch.equal(pieces[name], output)


def test_a_neuron_that_does_not_exist_names_the_last(network):
    with pytest.raises(NetworkError, match="has 6 neurons; the last is 5"):
        Layout.of(network, ["tanh1"], [2, 6], torch.randn(1, 3).double())


def test_replacing_a_layer_by_its_own_output_changes_nothing(network):
    inputs = torch.randn(5, 3).double()
    (own,) = record(network, ["tanh2"], inputs)
    replaced = run_with_replaced(network, {"tanh2": own}, torch.zeros(5, 3).double())
    assert torch.equal(replaced, network(inputs))


def test_extracted_samples_do_not_depend_on_the_batch(network):
    inputs = np.random.default_rng(0).normal(size=(11, 3))
    layout = all_of(network, "tanh1", "tanh2", inputs=torch.from_numpy(inputs))
    whole, outputs = extract_samples(network, layout, inputs, batch=100)
    pieces, _ = extract_samples(network, layout, inputs, batch=3)
    # Sums of terms of order 1; how a processor adds them up may depend on the batch.
    np.testing.assert_allclose(whole, pieces, rtol=0, atol=1e-14)
    np.testing.assert_allclose(outputs, network(torch.from_numpy(inputs)).detach())


def test_derivatives_are_finite_differences(network):
    inputs = np.random.default_rng(0).normal(size=(4, 3))
    layout = Layout.of(network, ["tanh2"], [0, 3], torch.from_numpy(inputs))
    jacobians = np.empty((4, 2, 3))
    extract_jacobians(network, layout, inputs, jacobians, rows=3, batch=2)
    step = 1e-6
    for axis in range(3):
        moved = [inputs + sign * step * np.eye(3)[axis] for sign in (1, -1)]
        ahead, behind = (extract_samples(network, layout, x, 10)[0][:, [0, 3]] for x in moved)
        np.testing.assert_allclose(jacobians[:, :, axis], (ahead - behind) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_activations_that_are_not_finite_are_named(network, value):
    inputs = np.zeros((9, 3))
    layout = all_of(network, "tanh1", "linear2", inputs=torch.from_numpy(inputs))
    with torch.no_grad():
        network.linear2.bias[3] = value
    with pytest.raises(DataError, match=f"layer 'linear2', neuron 9: sample 0 .* {value}"):
        extract_samples(network, layout, inputs, batch=4)
    inputs[5] = np.nan
    with pytest.raises(DataError, match="layer 'tanh1', neuron 0: a perturbation of sample 5"):
        extract_perturbed(
            network,
            all_of(network, "tanh1", inputs=torch.zeros(1, 3).double()),
            inputs,
            lambda part, samples: np.repeat(part[:, None], 2, axis=1),
            np.empty((9, 2, 6)),
            rows=2,
            batch=10,
        )


def test_memory_does_not_grow_with_samples_times_neighbours(network):
    class Discard:
        """Takes slices as an array on disk does, and keeps nothing."""

        def __setitem__(self, part, block):
            assert np.isfinite(block).all()

    def peak(samples, rows=8):
        layout = all_of(network, "tanh1", inputs=torch.zeros(1, 3).double())
        inputs = np.zeros((samples, 3))
        tracemalloc.start()
        extract_perturbed(
            network,
            layout,
            inputs,
            lambda part, _: np.zeros((len(part), 1000, 3)),
            Discard(),
            rows=rows,
            batch=4000,
        )
        return tracemalloc.get_traced_memory()[1], tracemalloc.stop()

    assert peak(640)[0] < 1.3 * peak(64)[0]
    # Inputs may be far larger than activations: a shard's worth of them is never held.
    activations = 64 * 1000 * 6 * 8
    assert peak(64, rows=64)[0] < peak(64)[0] + 2.5 * activations


def test_constant_neurons_and_duplicates_are_counted(network):
    inputs = np.random.default_rng(0).normal(size=(10, 3))
    inputs[7:] = inputs[0]
    with torch.no_grad():
        network.linear1.weight[2] = 0
    layout = all_of(network, "tanh1", inputs=torch.from_numpy(inputs))
    whole, _ = extract_samples(network, layout, inputs, batch=10)
    assert describe(whole, layout.columns) == {"constant_neurons": [2], "duplicate_samples": 3}


def test_progress_reaches_a_log_in_plain_lines(network, caplog):
    inputs = np.zeros((40, 3))
    layout = all_of(network, "tanh1", inputs=torch.zeros(1, 3).double())
    with caplog.at_level("INFO"):
        extract_samples(network, layout, inputs, batch=1)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 10
    assert re.fullmatch(r"40 of 40 batches of samples", lines[-1])

"""The figures of a map, against hand-made cases."""

import numpy as np
import pytest
import torch
from torch import nn

from sametask.activations.layout import Layout
from sametask.base.classes import chosen_classes
from sametask.evaluation.judged_maps import Held, describe_network, have_same_targets, judge
from sametask.evaluation.metrics import agreement_metrics, binary_metrics, task_metrics
from sametask.maps.transformation import Measured, Transformation
from sametask.statistics.variance import relative_error


def logits(classes, count=3):
    return torch.nn.functional.one_hot(torch.tensor(classes), count).double()


def test_relative_error_is_zero_for_truth_and_one_for_the_mean():
    actual = torch.tensor([[1.0, 5.0], [3.0, 1.0]])
    assert relative_error(actual, actual) == 0
    assert relative_error(actual.mean(0).expand(2, 2), actual) == pytest.approx(1)


def test_a_constant_target_has_no_relative_error():
    assert relative_error(torch.zeros(3, 2), torch.ones(3, 2)) is None


def test_agreement_and_kappa():
    found = agreement_metrics(logits([0, 1, 2, 0]), logits([0, 1, 2, 2]))
    assert found["agreement"] == 0.75
    assert found["kappa"] == pytest.approx((0.75 - 5 / 16) / (1 - 5 / 16))


def test_kappa_of_one_class_only_is_absent():
    assert "kappa" not in agreement_metrics(logits([1, 1]), logits([1, 1]))


def test_task_metrics_fit_the_task():
    outputs, labels = logits([0, 1, 1, 2]), np.array([0, 1, 2, 2])
    found = task_metrics(outputs, labels, "classification")
    assert found == {"accuracy": 0.75, "balanced_accuracy": pytest.approx(5 / 6)}
    values = torch.tensor([[1.0], [3.0]])
    assert task_metrics(values, np.array([[1.0], [1.0]]), "regression") == {"mse": 2.0}
    assert task_metrics(values, None, "regression") == {}


def test_one_output_is_the_logit_of_class_1():
    logit = np.array([-0.1, 0.0, 0.1, 7.0])
    for outputs in (logit, logit[:, None], np.column_stack([0 * logit, logit])):
        np.testing.assert_array_equal(chosen_classes(outputs), [0, 0, 1, 1])
    np.testing.assert_array_equal(chosen_classes(np.eye(3)), [0, 1, 2])


def test_a_single_probability_is_cut_at_one_half():
    """Also where a map makes outputs that leave the interval: the network's own ones decide."""
    logits, labels = torch.tensor([-3.0, -0.1, 0.1, 3.0])[:, None], np.array([0, 0, 1, 1])
    own = logits.sigmoid()
    np.testing.assert_array_equal(chosen_classes(own.numpy()), labels)
    assert task_metrics(own, labels, "classification")["accuracy"] == 1
    stitched = own + torch.tensor([[-0.2], [0.0], [0.0], [0.2]])
    assert agreement_metrics(stitched, own) == {"agreement": 1.0, "kappa": 1.0}
    assert task_metrics(stitched, labels, "classification", own)["accuracy"] == 1


def test_two_classes_are_counted_as_true_and_false_positives():
    # TP 3, FN 1, FP 2, TN 4.
    labels = np.array([1] * 4 + [0] * 6)
    classes = [1, 1, 1, 0] + [1, 1] + [0] * 4
    expected = {
        "accuracy": 0.7, "balanced_accuracy": (3 / 4 + 4 / 6) / 2, "precision": 3 / 5,
        "recall": 3 / 4, "f1": 6 / 9, "true_negative_rate": 4 / 6,
    }  # fmt: skip
    one = torch.tensor(classes).double() - 0.5
    for outputs in (one, one[:, None], logits(classes, 2), logits(classes, 5)):
        assert task_metrics(outputs, labels, "classification") == pytest.approx(expected)
    assert task_metrics(one, labels[:, None], "classification") == pytest.approx(expected)


@pytest.mark.filterwarnings("error")
def test_a_binary_figure_that_is_nothing_over_nothing_is_absent():
    never, always = np.zeros(3, bool), np.ones(3, bool)
    assert binary_metrics(never, never) == {"true_negative_rate": 1}
    assert binary_metrics(always, never) == {"recall": 0, "f1": 0}
    assert binary_metrics(never, always) == {"precision": 0, "f1": 0, "true_negative_rate": 0}
    found = task_metrics(-torch.ones(3), np.zeros(3, int), "classification")
    assert found == {"accuracy": 1, "balanced_accuracy": 1, "true_negative_rate": 1}


def one_logit(flat):
    """A network x -> (x, -x) -> x that puts out (n, 1), or (n,), and what it does on a test."""
    hidden, last = nn.Linear(1, 2, bias=False).double(), nn.Linear(2, 1, bias=False).double()
    hidden.weight.data = torch.tensor([[1.0], [-1.0]]).double()
    last.weight.data = torch.tensor([[1.0, 0.0]]).double()
    network = nn.Sequential(hidden, last, *[nn.Flatten(0)] * flat)
    inputs = torch.tensor([[-2.0], [-1.0], [1.0], [2.0]]).double()
    layer = hidden(inputs).detach()
    return Held(network, layer, layer, network(inputs).detach(), np.array([0, 1, 1, 1]))


@pytest.mark.parametrize("flat", [False, True])
def test_networks_of_one_logit_are_judged(flat):
    held = {"a": one_logit(flat), "b": one_logit(flat)}
    mirror = nn.Linear(2, 2, bias=False).double()
    mirror.weight.data = -torch.eye(2).double()
    measured = [Measured(side, Layout(("0",), ((2,),), (0, 1)), (1,)) for side in held]
    maps = {"a_to_b": {"mirror": mirror}, "b_to_a": {"same": nn.Identity()}}
    ways = {way: judge(Transformation(maps, *measured), way, held, "classification")
            for way in maps}  # fmt: skip
    right = {"accuracy": 0.75, "balanced_accuracy": 5 / 6, "precision": 1.0, "recall": 2 / 3,
             "f1": 0.8, "true_negative_rate": 1.0}  # fmt: skip
    # Every class is turned: TP 1, FN 2, FP 1, TN 0.
    turned = {"accuracy": 0.25, "balanced_accuracy": 1 / 6, "precision": 0.5, "recall": 1 / 3,
              "f1": 0.4, "true_negative_rate": 0.0, "agreement": 0.0, "kappa": -1.0}  # fmt: skip
    for way, expected in {"a_to_b": turned, "b_to_a": right | {"agreement": 1, "kappa": 1}}.items():
        found = ways[way].metrics
        assert {name: found[name] for name in expected} == pytest.approx(expected)
    assert describe_network(measured[0], held["a"], "classification")["task"] == pytest.approx(
        right
    )
    assert ways["a_to_b"].per_sample(held["b"])["output_error"].tolist() == [16, 4, 4, 16]


def test_the_worst_samples_and_the_scale_of_outputs_are_judged(generator):
    values = torch.randn(300, 2, generator=generator).double()
    network = nn.Sequential(nn.Identity(), nn.Identity())
    held = {"a": Held(network, values, values, values, None)}
    far = values.clone()
    far[:3] += 100.0
    held["b"] = Held(network, far, far, far, None)
    measured = [Measured(side, Layout(("0",), ((2,),), (0, 1)), (2,)) for side in held]
    same = Transformation({"a_to_b": {"same": nn.Identity()}}, *measured)
    figures = judge(same, "a_to_b", held, None).metrics
    # All error is at three of 300 samples.
    assert figures["worst_fraction"] == 1.0 and figures["activation_r2_rest"] == 1.0
    missed = (far - values).square().sum() / (far - far.mean(0)).square().sum()
    assert figures["output_r2"] == pytest.approx(1 - missed.item())
    held["b"] = Held(network, far, far, torch.ones_like(far), None)
    assert "output_r2" not in judge(same, "a_to_b", held, None).metrics


def test_targets_are_shared_if_they_are_equal():
    one = one_logit(False)
    other = Held(one.network, one.measured, one.whole, one.outputs, 1 - one.targets)
    unknown = Held(one.network, one.measured, one.whole, one.outputs, None)
    assert have_same_targets({"a": one, "b": one_logit(True)})
    assert not have_same_targets({"a": one, "b": other})
    assert not have_same_targets({"a": unknown, "b": unknown})

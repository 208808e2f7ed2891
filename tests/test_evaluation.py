"""The figures of a map, against hand-made cases."""

import numpy as np
import pytest
import torch

from sametask.evaluation import agreement_metrics, relative_error, task_metrics


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

"""Errors of outputs: against the targets of a task, or the outputs of another network."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.metrics import (
    accuracy_score,
    cohen_kappa_score,
    f1_score,
    precision_score,
    recall_score,
)
from torch import Tensor

from sametask.base.classes import chosen_classes
from sametask.statistics.variance import relative_error


def _classification_metrics(
    outputs: np.ndarray, labels: np.ndarray, own: np.ndarray | None
) -> dict[str, float]:
    """Return figures of outputs (n, …) for labels (n,) of two or more classes."""
    chosen = chosen_classes(outputs, own)
    metrics = {
        "accuracy": float(accuracy_score(labels, chosen)),
        # The mean recall of the classes that occur.
        "balanced_accuracy": float(
            recall_score(labels, chosen, labels=np.unique(labels), average="macro")
        ),
    }
    few_outputs = outputs.ndim == 1 or outputs.shape[1] <= 2
    if few_outputs or np.isin(labels, (0, 1)).all():
        metrics |= binary_metrics(labels == 1, chosen == 1)
    return metrics


def binary_metrics(truth: np.ndarray, said: np.ndarray) -> dict[str, float]:
    """Return figures of yes-or-no answers ``said`` (n,) for the ``truth`` (n,), both bool.

    ``precision`` TP / (TP + FP), ``recall`` TP / (TP + FN), ``f1`` 2 TP / (2 TP + FP + FN),
    ``true_negative_rate`` TN / (TN + FP), by ``sklearn.metrics``. Those that are 0/0 are left out.
    """
    quiet = {"zero_division": np.nan}
    metrics = {
        "precision": precision_score(truth, said, **quiet),
        "recall": recall_score(truth, said, **quiet),
        "f1": f1_score(truth, said, **quiet),
        "true_negative_rate": recall_score(~truth, ~said, **quiet),
    }
    return {name: float(value) for name, value in metrics.items() if not np.isnan(value)}


def task_metrics(
    outputs: Tensor, targets: np.ndarray | None, kind: str | None, own: Tensor | None = None
) -> dict[str, float]:
    """Return figures of outputs (n, …) for targets (n, …): of classes, or the mean square error.

    ``own`` are the network's own outputs, see ``chosen_classes``.
    """
    if targets is None or kind is None:
        return {}
    if kind == "classification":
        return _classification_metrics(
            outputs.numpy(), targets.reshape(-1), None if own is None else own.numpy()
        )
    reference = torch.as_tensor(targets, dtype=outputs.dtype).reshape(outputs.shape)
    return {"mse": (outputs - reference).square().mean().item()}


def metrics_to_network(outputs: Tensor, own: Tensor, kind: str | None) -> dict[str, float]:
    """Return figures of finite outputs (n, …) beside a network's ``own`` ones, for a kind of task.

    ``output_r2``, absent where its own outputs are constant, and those of ``agreement_metrics``.
    """
    missed = relative_error(outputs, own)
    figures = {} if missed is None else {"output_r2": 1 - missed}
    return figures | (agreement_metrics(outputs, own) if kind == "classification" else {})


def agreement_metrics(outputs: Tensor, reference: Tensor) -> dict[str, float]:
    """Return the fraction of equal classes, and Cohen's κ, of outputs and reference (n, …).

    The ``reference`` are the network's own outputs, see ``chosen_classes``.
    """
    expected = chosen_classes(reference.numpy())
    chosen = chosen_classes(outputs.numpy(), reference.numpy())
    metrics = {"agreement": float(accuracy_score(expected, chosen))}
    # κ is 0/0 if both always answer with the same class.
    if len(np.union1d(chosen, expected)) > 1:
        metrics["kappa"] = float(cohen_kappa_score(expected, chosen))
    return metrics

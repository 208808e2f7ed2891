"""A metric of the user: a function of outputs and targets that returns one number."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real

import numpy as np

from sametask.base.classes import chosen_classes
from sametask.base.errors import DataError, about, quoted
from sametask.base.references import resolve, users_code
from sametask.base.seeding import seeded


def comparable(outputs: np.ndarray, targets: np.ndarray, kind: str | None) -> np.ndarray:
    """Return targets in the form in which a metric gets them beside outputs (n, …).

    For a classification these are the numbers of classes (n,), otherwise real numbers of the shape
    of the outputs: (n,) beside (n, 1) would be n × n differences.
    """
    if kind == "classification":
        return np.array(targets, dtype=np.int64).reshape(-1)
    return np.array(targets, dtype=np.float64).reshape(outputs.shape)


def metric_of(reference: str) -> Callable:
    """Return the function of the user; ``NetworkError`` names the nearest if there is none."""
    with about("task.metric"):
        return resolve(reference)


def measure(reference: str, outputs: np.ndarray, targets: np.ndarray) -> float:
    """Return what the function ``reference`` says of outputs (n, …) beside targets (n, …).

    It gets copies, so that it may write to them, and random numbers that it draws are the same
    every time. Raises ``NetworkError`` if there is no such function, or if it fails; ``DataError``
    if it returns anything but one finite number.
    """
    function, subject = metric_of(reference), f"task.metric: {reference}"
    with users_code(subject), seeded(0):
        returned = function(outputs.copy(), targets.copy())
    # An array or a tensor without axes is a number.
    value = returned.item() if getattr(returned, "shape", None) == () else returned
    if not isinstance(value, Real) or not math.isfinite(value):
        raise DataError(f"{subject} must return one finite number, and returned {_shown(returned)}")
    return float(value)


def _shown(returned: object) -> str:
    shape = getattr(returned, "shape", None)
    if isinstance(shape, tuple) and shape:
        return f"an array of shape {tuple(shape)}"
    return quoted(returned)


def own_figures(
    reference: str | None, outputs: np.ndarray, targets: np.ndarray | None, kind: str | None
) -> dict[str, float]:
    """Return the ``metric`` of outputs (n, …) for the targets of the task, if both are known."""
    if reference is None or targets is None:
        return {}
    return {"metric": measure(reference, outputs, comparable(outputs, targets, kind))}


def figures_to_network(
    reference: str | None, outputs: np.ndarray, own: np.ndarray, kind: str | None
) -> dict[str, float]:
    """Return the ``metric_to_network`` of outputs (n, …) for a network's ``own`` ones (n, …).

    For a classification, the network's own outputs count as the classes that it chooses.
    """
    if reference is None:
        return {}
    expected = chosen_classes(own) if kind == "classification" else own
    return {"metric_to_network": measure(reference, outputs, comparable(outputs, expected, kind))}

"""Labels of a data set: classes, or targets of a regression."""

from __future__ import annotations

import numpy as np

from sametask.base.errors import ConfigError


def collapsed(labels: np.ndarray) -> np.ndarray:
    """Return labels (n,) of rows with several truth values, 0 or 1: whether any of them is true."""
    truths = labels.dtype.kind == "b" or (labels.dtype.kind in "ui" and labels.max(initial=0) <= 1)
    if labels.ndim == 2 and truths:
        return np.asarray(labels.any(axis=1), dtype=np.int64)
    if labels.ndim == 2 and labels.shape[1] == 1 and labels.dtype.kind in "ui":
        return labels[:, 0].astype(np.int64)
    return labels.astype(np.int64) if labels.dtype.kind == "b" else labels


def as_classes(labels: np.ndarray) -> np.ndarray:
    """Return the classes (n,), int64, of labels of any numeric type.

    If rows have several truth values, the class is whether any of them is true. Raises
    ``ConfigError`` for labels that are not whole numbers, or for several numbers in a row.
    """
    with np.errstate(invalid="ignore"):
        whole = labels.astype(np.int64)
    if not np.array_equal(whole, labels):
        wrong = labels[whole != labels][0]
        raise ConfigError(
            f"task.kind: classification, but labels are {labels.dtype}, {wrong} among them; valid: "
            "one whole number a sample, or truth values"
        )
    whole = whole[:, 0] if whole.ndim == 2 and whole.shape[1] == 1 else collapsed(whole)
    if whole.ndim > 1:
        raise ConfigError(
            f"task.kind: classification, but labels are {labels.dtype} of shape "
            f"{('n', *labels.shape[1:])}; valid: one whole number a sample, or truth values"
        )
    return whole


def as_targets(labels: np.ndarray | None, kind: str | None) -> np.ndarray | None:
    """Return the targets of a kind of task: classes (n,) int64, or real numbers (n, …)."""
    if labels is None or kind not in ("classification", "regression"):
        return labels
    if kind == "classification":
        return as_classes(labels)
    return labels if labels.dtype.kind == "f" else labels.astype(np.float64)


def require_no_one_hot(labels: np.ndarray) -> None:
    """Raise ``ConfigError`` for one-hot labels (n, c), with a single 1 in every row.

    ``collapsed`` would give all of them the same class.
    """
    if labels.ndim != 2 or labels.shape[1] < 2 or labels.dtype.kind not in "buif":
        return
    if np.isin(labels, (0, 1)).all() and (labels.sum(axis=1, dtype=np.int64) == 1).all():
        raise ConfigError(
            f"labels are {labels.dtype} of shape {('n', *labels.shape[1:])}, one-hot: a single 1 "
            "in every row; give the number of the class: labels.argmax(axis=1)"
        )

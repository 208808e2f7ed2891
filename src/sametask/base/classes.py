"""The class that a network's outputs stand for."""

from __future__ import annotations

import numpy as np


def is_probability(outputs: np.ndarray) -> bool:
    """Return whether outputs (n, 1) or (n,) are probabilities: one a sample, all from 0 to 1.

    As logits they would be class 1 for every sample.
    """
    single = outputs.ndim == 1 or outputs.shape[-1] == 1
    return single and bool(((outputs >= 0) & (outputs <= 1)).all())


def chosen_classes(outputs: np.ndarray, own: np.ndarray | None = None) -> np.ndarray:
    """Return the classes (n,) of outputs (n, c): argmaxⱼ outputs[:, j], counted from 0.

    A single output, (n, 1) or (n,), is the logit of class 1 against class 0, or its probability.
    The class is 1 if the logit is above 0, or the probability above one half. Which of them it is,
    the network's ``own`` outputs say, if ``outputs`` come from a part of it with activations of
    another network.
    """
    columns = outputs[:, None] if outputs.ndim == 1 else outputs
    if columns.shape[-1] == 1:
        boundary = 0.5 if is_probability(outputs if own is None else own) else 0.0
        return (columns[..., 0] > boundary).astype(np.int64)
    return columns.argmax(axis=-1)

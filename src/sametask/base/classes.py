"""The class that a network's outputs stand for."""

from __future__ import annotations

import numpy as np


def chosen_classes(outputs: np.ndarray) -> np.ndarray:
    """Return the classes (n,) of outputs (n, c): argmaxⱼ outputs[:, j], counted from 0.

    A single output, (n, 1) or (n,), is the logit of class 1 against class 0. The class is 1 if the
    output is above 0, that is, if its sigmoid is above one half.
    """
    columns = outputs[:, None] if outputs.ndim == 1 else outputs
    if columns.shape[-1] == 1:
        return (columns[..., 0] > 0).astype(np.int64)
    return columns.argmax(axis=-1)

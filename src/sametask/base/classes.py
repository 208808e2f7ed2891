"""Which class a network's outputs say."""

from __future__ import annotations

import numpy as np


def chosen_classes(outputs: np.ndarray) -> np.ndarray:
    """Return the classes (n,) that outputs (n, c) say: argmaxⱼ outputs[:, j], counted from 0.

    A single output, (n, 1) or (n,), is the logit of class 1 against class 0: it says 1 where it
    is above 0, that is where the sigmoid of it is above one half.
    """
    columns = outputs[:, None] if outputs.ndim == 1 else outputs
    if columns.shape[-1] == 1:
        return (columns[..., 0] > 0).astype(np.int64)
    return columns.argmax(axis=-1)

"""Functions that perturb inputs, as a user would write them."""

import numpy as np


def swapped(inputs, count, draw):
    """Replace one of the numbers of every input by another one below ten, as one would a word."""
    around = np.repeat(inputs[:, None], count, axis=1)
    places = draw.integers(inputs.shape[1], size=around.shape[:2])
    words = draw.integers(10, size=around.shape[:2])
    np.put_along_axis(around, places[..., None], words[..., None], axis=2)
    return around


def too_few(inputs, count, draw):
    return np.repeat(inputs[:, None], count - 1, axis=1)


def without_fields(inputs, count, draw):
    """Numbers in the place of records."""
    return np.zeros((len(inputs), count))


def not_finite(inputs, count, draw):
    return np.full((len(inputs), count, *inputs.shape[1:]), np.nan)


def broken(inputs, count, draw):
    raise RuntimeError("no words left")

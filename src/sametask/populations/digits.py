"""The digits that scikit-learn ships, as images of a population."""

from __future__ import annotations

import torch
from sklearn.datasets import load_digits

from sametask.base.randomness import generator
from sametask.populations.images import Images

# The largest value of a pixel.
BRIGHTEST = 16


def digit_images(train: int, seed: int) -> dict[str, Images]:
    """Return ``train`` of the 1,797 images of 8 × 8 pixels, and the others as ``test``.

    Pixels are from 0 to 1. Which images are in which half depends on the seed.
    """
    pixels, classes = load_digits(return_X_y=True)
    order = torch.from_numpy(generator(seed, "digits").permutation(len(pixels)))
    whole = Images(torch.from_numpy(pixels).float() / BRIGHTEST, torch.from_numpy(classes))
    return {"train": whole.chosen(order[:train]), "test": whole.chosen(order[train:])}

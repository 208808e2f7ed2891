"""The digits that scikit-learn ships, as images of a population."""

from __future__ import annotations

import torch

from sametask.base.randomness import generator
from sametask.inputs.data_sets.arrays import digits
from sametask.populations.images import Images


def digit_images(train: int, seed: int) -> dict[str, Images]:
    """Return ``train`` of the 1,797 images of 8 × 8 pixels, and the others as ``test``.

    Pixels are from 0 to 1. Which images are in which half depends on the seed.
    """
    pixels, classes = map(torch.from_numpy, digits())
    whole = Images(pixels.flatten(1).float(), classes)
    order = torch.from_numpy(generator(seed, "digits").permutation(len(classes)))
    return {"train": whole.chosen(order[:train]), "test": whole.chosen(order[train:])}

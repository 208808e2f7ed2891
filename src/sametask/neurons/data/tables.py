"""Rows with classes: which are held out in each split, and what standardises their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedShuffleSplit

from sametask.base.errors import DataError, quoted
from sametask.base.randomness import derived_seed
from sametask.config.sections.ensemble_data_sections import Data
from sametask.inputs.data_sets.arrays import digits as digit_images
from sametask.neurons.data.rows import Rows


def held_out(classes: np.ndarray, section: Data, seed: int, names: Sequence[str]) -> np.ndarray:
    """Return for each split which rows are held out (S, s): of each class about the same share.

    ``names`` are those of the classes. ``DataError`` if a class, or a side of the split, has too
    few rows.
    """
    numbers, counts = np.unique(classes, return_counts=True)
    rarest = int(np.argmin(counts))
    least = min(section.held_out, 1 - section.held_out) * counts[rarest]
    if least < 1:
        raise DataError(
            f"class {quoted(names[numbers[rarest]])} has {counts[rarest]} rows, too few to hold "
            f"out {section.held_out:g} of them and to learn from others; change data.held_out"
        )
    chance = derived_seed(seed, "splits of rows") % 2**32
    splitter = StratifiedShuffleSplit(
        section.splits, test_size=section.held_out, random_state=chance
    )
    held = np.zeros((section.splits, len(classes)), bool)
    for split, (_, rows) in enumerate(splitter.split(classes, classes)):
        held[split, rows] = True
    return held


def classified(
    inputs: np.ndarray, classes: np.ndarray, section: Data, seed: int, facts: dict[str, Any]
) -> Rows:
    """Return rows with classes (s,), of which some are held out in each split."""
    held = held_out(classes, section, seed, facts["classes"])
    return Rows(inputs.astype(np.float32), classes.astype(np.int64), held, facts=facts)


def standardised(rows: Rows) -> Rows:
    """Return rows whose inputs have mean 0 and variance 1 over the rows to learn from.

    ``DataError`` for an input that is the same in all of them.
    """
    learned = [rows.inputs[~held] for held in rows.held_out]
    mean = np.array([some.mean(axis=0, dtype=float) for some in learned])
    scale = np.array([some.std(axis=0, dtype=float) for some in learned])
    if not scale.all():
        split, place = np.argwhere(scale == 0)[0]
        raise DataError(f"input {place + 1} is the same in all rows to learn from, split {split}")
    return replace(rows, mean=mean, scale=scale)


def iris(section: Data, seed: int) -> Rows:
    """Return Fisher's 150 irises: four measures (cm), standardised, and three classes."""
    table = load_iris()
    names = [str(name) for name in table.target_names]
    return standardised(classified(table.data, table.target, section, seed, {"classes": names}))


def digits(section: Data, seed: int) -> Rows:
    """Return the 1,797 digits of scikit-learn: 64 pixels from 0 to 1, and ten classes."""
    pixels, classes = digit_images()
    names = [str(digit) for digit in range(10)]
    flat = pixels.reshape(len(pixels), -1)
    return classified(flat, classes, section, seed, {"classes": names, "shape": [8, 8]})

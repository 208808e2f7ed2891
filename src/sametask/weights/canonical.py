"""A population in canonical order: every checkpoint by itself, all nearest to one template."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from sametask.populations.stored import StoredPopulation
from sametask.weights.alignment import align, template
from sametask.weights.questions import judged
from sametask.weights.rows import flips_of, of_rows, placed
from sametask.weights.symmetries import hidden_units, known_activation


@dataclass(frozen=True)
class Canonical:
    """Weights (n, E, P) in canonical order, and how they came there.

    ``orders`` and ``signs`` (n, E, units) of each hidden layer, as ``Aligned`` has them. Networks
    with ReLU were ``balanced`` before. Checkpoints that are not there are zero.
    """

    template: np.ndarray
    weights: np.ndarray
    orders: list[np.ndarray]
    signs: list[np.ndarray]


def canonical(population: StoredPopulation) -> Canonical:
    """Bring all checkpoints of a population into the order of a template of its training half.

    Of the training half, the checkpoints after the start count. What becomes of a checkpoint
    depends on it and on the template alone. ``DataError`` for an activation without known
    symmetries, ``StoreError`` if nothing says what it is.
    """
    for name in set(population.values("activation")):
        known_activation(name)
    present = population.present
    turned = of_rows(flips_of(population), present)
    rows = torch.from_numpy(population.weights[present])
    for units in hidden_units(population.layers):
        rows = units.balanced(rows).where(~turned[:, None], rows)
    learned = (population.split == 0)[:, None] & judged(population)
    chosen = torch.from_numpy(learned[present])
    middle = template(rows[chosen], population.layers, turned[chosen])
    aligned = align(rows, middle, population.layers, turned)
    orders, signs = (
        [placed(each.to(torch.int8).numpy(), present) for each in some]
        for some in (aligned.orders, aligned.signs)
    )
    return Canonical(middle.numpy(), placed(aligned.weights.numpy(), present), orders, signs)

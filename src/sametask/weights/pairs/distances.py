"""How far apart two networks are by their weights: raw, aligned, or as codes of few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.populations.stored import StoredPopulation
from sametask.weights.alignment import align, template
from sametask.weights.pairs.choice import Pair
from sametask.weights.symmetries import FLIPPED

# Numbers of a code.
NUMBERS = 20


def flips(population: StoredPopulation) -> Tensor:
    """Return which networks (n,) stay what they are when a unit changes its sign."""
    return torch.tensor([name in FLIPPED for name in population.values("activation")])


def principal_codes(population: StoredPopulation) -> np.ndarray:
    """Return codes (n, E, 20): principal components of weights in their canonical order.

    The template is that of the trained networks to learn from; components are those of all
    checkpoints of these after epoch 0.
    """
    weights, layers = torch.from_numpy(population.weights), population.layers
    flipped, learn = flips(population), torch.from_numpy(population.split == 0)
    centre = template(weights[learn, -1], layers, flipped[learn])
    checkpoints = weights.shape[1]
    rows = align(weights.flatten(0, 1), centre, layers, flipped.repeat_interleave(checkpoints))
    aligned = rows.weights.unflatten(0, (-1, checkpoints)).double()
    known = aligned[learn, 1:].flatten(0, 1)
    mean = known.mean(dim=0)
    _, _, directions = torch.linalg.svd(known - mean, full_matrices=False)
    return ((aligned - mean) @ directions[:NUMBERS].T).numpy()


def aligned_distance(a: Tensor, b: Tensor, layers: Sequence, flipped: Tensor) -> float:
    """Return the smallest ‖g a − b‖ of weights (P,) over the symmetries g of a network.

    Orders of units, and signs where ``flipped`` (1,). With one hidden layer it is exact.
    """
    return float((align(a[None], b, layers, flipped).weights[0] - b).norm())


def distances(
    population: StoredPopulation, pairs: Sequence[Pair], codes: Mapping[str, np.ndarray]
) -> list[dict[str, float]]:
    """Return the Euclidean distances of each pair, by what is compared.

    Raw weights, aligned weights, ``codes`` (n, E, q) by name, and the difference in accuracy.
    """
    weights, flipped = torch.from_numpy(population.weights).double(), flips(population)
    accuracy, found = population.figure("test/accuracy"), []
    for pair in pairs:
        a, b = ((side.network, side.checkpoint) for side in (pair.a, pair.b))
        one, other = weights[a], weights[b]
        signs = flipped[[a[0]]]
        found.append({
            "raw weights": float((one - other).norm()),
            "aligned weights": aligned_distance(one, other, population.layers, signs),
            **{name: float(np.linalg.norm(code[a] - code[b])) for name, code in codes.items()},
            "accuracy": float(abs(accuracy[a] - accuracy[b])),
        })  # fmt: skip
    return found

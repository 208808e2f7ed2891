"""How far apart two networks are by their weights: raw, aligned, or as codes of few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.populations.stored import StoredPopulation
from sametask.weights.alignment import align, template
from sametask.weights.models import Standardised
from sametask.weights.pairs.choice import Pair
from sametask.weights.rows import flips_of

# Numbers of a code.
NUMBERS = 20


def principal_codes(population: StoredPopulation) -> np.ndarray:
    """Return codes (n, E, 20): principal components of weights in their canonical order.

    The template of that order is the one of the trained networks to learn from; the components are
    those of all their checkpoints after epoch 0.
    """
    weights, layers = torch.from_numpy(population.weights), population.layers
    flips, learn = torch.from_numpy(flips_of(population)), torch.from_numpy(population.split == 0)
    centre = template(weights[learn, -1], layers, flips[learn])
    checkpoints = weights.shape[1]
    every = align(weights.flatten(0, 1), centre, layers, flips.repeat_interleave(checkpoints))
    aligned = every.weights.unflatten(0, (-1, checkpoints)).double()
    known = aligned[learn, 1:].flatten(0, 1)
    mean = known.mean(dim=0)
    directions = torch.linalg.svd(known - mean, full_matrices=False).Vh[:NUMBERS]
    return ((aligned - mean) @ directions.mT).numpy()


def standardised(statistics: np.ndarray, population: StoredPopulation) -> np.ndarray:
    """Return statistics (n, E, q) of weights, each with the same spread over what is learned from.

    That is all checkpoints after epoch 0 of the networks to learn from.
    """
    every = torch.from_numpy(statistics).double()
    learn = torch.from_numpy(population.split == 0)
    return Standardised(every[learn, 1:].flatten(0, 1))(every).numpy()


def _of_weights(one: Tensor, other: Tensor, aligned: Tensor) -> dict[str, float]:
    """Return the distances of weights (P,), and of the first ``aligned`` to the others."""
    cosine = torch.cosine_similarity(aligned, other, dim=0).clamp(-1, 1)
    return {
        "raw weights": float((one - other).norm()),
        "aligned weights": float((aligned - other).norm()),
        "aligned weights, angle": float(cosine.arccos()),
    }


def distances(
    population: StoredPopulation, pairs: Sequence[Pair], codes: Mapping[str, np.ndarray]
) -> list[dict[str, float]]:
    """Return the distances of each pair, by what is compared.

    Euclidean distances of raw weights, of weights after the order and the signs of one network's
    units that bring it nearest to the other, and of every one of the ``codes`` (n, E, q); the angle
    (radians) between aligned weights; and the difference in accuracy.
    """
    weights, flips = torch.from_numpy(population.weights).double(), flips_of(population)
    accuracy, found = population.figure("test/accuracy"), []
    for pair in pairs:
        a, b = ((side.network, side.checkpoint) for side in (pair.a, pair.b))
        flipped = torch.from_numpy(flips[[pair.a.network]])
        (aligned,) = align(weights[a][None], weights[b], population.layers, flipped).weights
        found.append(
            _of_weights(weights[a], weights[b], aligned)
            | {name: float(np.linalg.norm(code[a] - code[b])) for name, code in codes.items()}
            | {"accuracy difference": float(abs(accuracy[a] - accuracy[b]))}
        )
    return found

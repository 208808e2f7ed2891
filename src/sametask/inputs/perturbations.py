"""Perturbations: noisy copies of samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sametask.base.randomness import generator

# Streams of random numbers: one for the fit samples, one for the pool that all networks share.
STREAMS = {"fit": "neighbourhood", "pool": "pool neighbourhood"}


def standard_deviation(delta: float) -> float:
    """Return σ = δ/4: the "three-sigma" rule of section 3.2 of the thesis, with 4 instead of 3."""
    return delta / 4


def perturb(
    inputs: np.ndarray,
    samples: Sequence[int],
    count: int,
    delta: float,
    seed: int,
    part: str = "fit",
) -> np.ndarray:
    """Return x_ij = x_i + (δ/4) ε_ij with ε_ij ~ N(0, I) for the given samples.

    ε_ij depends on (seed, part, i, j) alone, so that networks and jobs see the same perturbations.

    Parameters: ``inputs`` (n, …) holds the samples x_i themselves, ``samples`` (n,) their
    numbers i in their ``part``, ``fit`` or ``pool``. Returns (n, count, …) in the units of the
    inputs.
    """
    around = np.empty((len(samples), count, *inputs.shape[1:]))
    for place, sample in enumerate(samples):
        generator(seed, STREAMS[part], int(sample)).standard_normal(out=around[place])
    # In place: perturbations can have gigabytes.
    around *= standard_deviation(delta)
    around += inputs[:, None]
    return around


def seen_perturbed(
    inputs: np.ndarray,
    samples: Sequence[int],
    network_inputs: Callable[[np.ndarray], np.ndarray],
    count: int,
    delta: float,
    seed: int,
    part: str = "fit",
) -> np.ndarray:
    """Return the inputs of a network for the perturbations of samples: (n, count, …).

    ``network_inputs`` maps samples (n, …) to the network's inputs; the other arguments are those of
    ``perturb``.
    """
    around = perturb(inputs, samples, count, delta, seed, part)
    flat = network_inputs(around.reshape(-1, *inputs.shape[1:]))
    return flat.reshape(*around.shape[:2], *flat.shape[1:])

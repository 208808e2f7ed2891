"""Small neighbourhoods around samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sametask.base.randomness import generator

# Random numbers of their own for samples of a network and for those that all networks share.
STREAMS = {"fit": "neighbourhood", "pool": "pool neighbourhood"}


def perturb(
    inputs: np.ndarray,
    samples: Sequence[int],
    count: int,
    delta: float,
    seed: int,
    part: str = "fit",
) -> np.ndarray:
    """Return x_ij = x_i + (δ/4) ε_ij with ε_ij ~ N(0, I) for the given samples.

    The standard deviation is δ/4: the "three-sigma" rule of section 3.2 of the thesis, with 4
    for 3. ε_ij depends on (seed, part, i, j) alone, so that two networks, or two shards, see
    exactly the same perturbations.

    Parameters: ``inputs`` (n, …) holds the samples x_i themselves, ``samples`` (n,) their
    numbers i in their ``part``, ``fit`` or ``pool``. Returns (n, count, …) in the units of the
    inputs.
    """
    around = np.empty((len(samples), count, *inputs.shape[1:]))
    for place, sample in enumerate(samples):
        generator(seed, STREAMS[part], int(sample)).standard_normal(out=around[place])
    # In place: there may be gigabytes of them.
    around *= delta / 4
    around += inputs[:, None]
    return around


def seen_perturbed(
    inputs: np.ndarray,
    samples: Sequence[int],
    look: Callable[[np.ndarray], np.ndarray],
    count: int,
    delta: float,
    seed: int,
    part: str = "fit",
) -> np.ndarray:
    """Return what a network is given around samples: (n, count, …).

    ``look`` takes samples (n, …) to what the network sees of them; all else is as in ``perturb``.
    """
    around = perturb(inputs, samples, count, delta, seed, part)
    flat = look(around.reshape(-1, *inputs.shape[1:]))
    return flat.reshape(*around.shape[:2], *flat.shape[1:])

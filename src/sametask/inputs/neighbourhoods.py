"""Small neighbourhoods around samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sametask.randomness import generator


def neighbourhoods(
    inputs: np.ndarray, samples: Sequence[int], count: int, delta: float, seed: int
) -> np.ndarray:
    """Return x_ij = x_i + (δ/4) ε_ij with ε_ij ~ N(0, I) for the given samples.

    The standard deviation is δ/4: the "three-sigma" rule of section 3.2 of the thesis, with 4
    for 3. ε_ij depends on (seed, i, j) alone, so that two networks, or two shards, see exactly
    the same perturbations.

    Parameters: ``inputs`` (n, …) holds the samples x_i themselves, ``samples`` (n,) their
    numbers i. Returns (n, count, …) in the units of the inputs.
    """
    noise = np.stack(
        [
            generator(seed, "neighbourhood", int(sample)).standard_normal(
                (count, *inputs.shape[1:])
            )
            for sample in samples
        ]
    )
    return inputs[:, None] + (delta / 4) * noise

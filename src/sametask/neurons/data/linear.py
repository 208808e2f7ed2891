"""Numbers that depend linearly on inputs, with normal noise: what covariances are known of."""

from __future__ import annotations

import numpy as np
from scipy.stats import ortho_group

from sametask.base.randomness import generator
from sametask.config.sections.ensemble_data_sections import LinearGaussian
from sametask.neurons.data.rows import Rows


def true_weights(settings: LinearGaussian, seed: int) -> np.ndarray:
    """Return the weights (d + 1,) of the inputs, and the bias last."""
    return generator(seed, "true weights").standard_normal(settings.inputs + 1)


def linear_gaussian(
    settings: LinearGaussian, seed: int, count: int, replication: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs (n, d) and what is wanted of them (n, 1), for ``count`` rows.

    The inputs are normal. Their covariance has eigenvalues from 1 down to 1 / ``condition``, evenly
    on a logarithmic scale, in directions that only the seed decides. Another ``replication`` has
    other inputs and other noise.
    """
    size = settings.inputs
    turned = np.eye(1) if size == 1 else ortho_group.rvs(size, random_state=generator(seed, "axes"))
    spread = np.geomspace(1, settings.condition**-0.5, size)
    random = generator(seed, "rows", replication)
    inputs = random.standard_normal((count, size)) * spread @ turned.T
    weights = true_weights(settings, seed)
    noise = settings.noise * random.standard_normal(count)
    return inputs, (inputs @ weights[:-1] + weights[-1] + noise)[:, None]


def linear_rows(settings: LinearGaussian, seed: int) -> Rows:
    """Return rows, of which some are drawn to be held out in each split."""
    inputs, wanted = linear_gaussian(settings, seed, settings.rows)
    held_out = np.zeros((settings.splits, settings.rows), bool)
    for split, marked in enumerate(held_out):
        order = generator(seed, "held out", split).permutation(settings.rows)
        marked[order[: round(settings.held_out * settings.rows)]] = True
    facts = {"weights": true_weights(settings, seed).tolist(), "noise": settings.noise}
    return Rows(inputs, wanted, held_out, facts=facts)

"""The metric in which output neurons are as far apart as their answers are.

The hidden units before an output layer have no frame of their own: where they hardly ever leave the
linear part of their activation, any invertible mixture of them, undone in the weights, leaves all
answers as they are. Plain distances of weights change with the mixture; these do not.
"""

from __future__ import annotations

import numpy as np
import torch

from sametask.networks.nonlinearities import nonlinearity
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members, answers


def seen(networks: Members, layer: int, inputs: np.ndarray) -> np.ndarray:
    """Return what the neurons of a layer see (s, d) in the mean network of the first split.

    The layer is counted from 1; inputs are (s, …). For the first layer it is the inputs.
    """
    if layer == 1:
        return inputs
    mean = networks.weights[0][networks.present[0]].mean(axis=0)
    before = answers(mean[None], networks.layers[: layer - 1], networks.activation, inputs)[0]
    with torch.no_grad():
        return nonlinearity(networks.activation)(before).numpy()


def answer_metric(networks: Members, layer: int, rows: Rows) -> np.ndarray:
    """Return C^½ (d, d), where C is the covariance of what neurons see on the rows to learn from.

    ‖(wᵢ − wⱼ) C^½‖² is the variance of wᵢ·h − wⱼ·h over these rows, without biases.
    """
    learned = rows.seen(0)[~rows.held_out[0]]
    values, vectors = np.linalg.eigh(np.cov(seen(networks, layer, learned), rowvar=False))
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T

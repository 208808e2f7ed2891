"""One gauge for all networks: each computes what it did, but units come together.

Networks that compute the same can have their hidden units in another order, with other signs or
scales. Where an ensemble has no common gauge, a mean over its networks is a mean of other neurons.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sametask.config.sections.neurons_section import Gauge
from sametask.neurons.members import Members
from sametask.populations.layout import LayerWeights
from sametask.statistics.procrustes import procrustes
from sametask.storage.store import Writer
from sametask.weights.alignment import align, template
from sametask.weights.symmetries import hidden_units

# Rounds of rotating to the mean of what was rotated before, and of balancing layers.
ROUNDS = 100


@dataclass(frozen=True)
class Gauged:
    """Networks in one gauge, and the identity (S, K) of each neuron of a layer across them."""

    members: Members
    identity: np.ndarray

    def write(self, writer: Writer) -> None:
        """Write it to ``gauges/{gauge}.zarr``."""
        self.members.write(writer)
        writer.array("identity", self.identity, ["split", "neuron"])


def fix(members: Members, gauge: Gauge, layer: int) -> Gauged:
    """Bring the networks of each split into one gauge; weights are in double precision.

    Networks that are not present stay as they are. What each network computes stays the same.
    """
    fixed = members.weights.astype(float)
    for weights, present in zip(fixed, members.present, strict=True):
        rows = torch.from_numpy(weights[present])
        weights[present] = GAUGES[gauge](rows, members.layers, members.activation).numpy()
    aligned = members.with_weights(fixed)
    return Gauged(aligned, identity(aligned, layer))


def unchanged(weights: Tensor, layers: Sequence[LayerWeights], activation: str) -> Tensor:
    """Return the weights (n, P) as they are."""
    return weights


def permuted(weights: Tensor, layers: Sequence[LayerWeights], activation: str) -> Tensor:
    """Return networks (n, P) with hidden units in the order nearest to the mean of all."""
    return _nearest(weights, layers, flips=False)


def rescaled(weights: Tensor, layers: Sequence[LayerWeights], activation: str) -> Tensor:
    """Return networks (n, P) as ``permuted``, after what else their activation allows.

    With ReLU, the weights into a unit become as long as those out of it; with tanh, units can
    change their signs; without an activation, both.
    """
    if activation != "tanh":
        weights = _balanced(weights, layers)
    return _nearest(weights, layers, flips=activation != "relu")


def _balanced(weights: Tensor, layers: Sequence[LayerWeights]) -> Tensor:
    """Return networks (n, P) with weights into and out of every hidden unit equally long.

    Layer after layer, until all are (Stock et al., "Equi-normalization", ICLR 2019).
    """
    for _ in range(ROUNDS):
        before = weights
        for units in hidden_units(layers):
            weights = units.balanced(weights)
        if torch.allclose(before, weights, rtol=1e-9, atol=1e-12):
            break
    return weights


def _nearest(weights: Tensor, layers: Sequence[LayerWeights], flips: bool) -> Tensor:
    each = torch.full((len(weights),), flips)
    return align(weights, template(weights, layers, each), layers, each).weights


def rotated(weights: Tensor, layers: Sequence[LayerWeights], activation: str) -> Tensor:
    """Return networks (n, P) of two layers, with their hidden space rotated.

    D Q, Qᵀ E and Qᵀ b take the place of D, E and b, with the orthogonal Q that brings the rows of D
    nearest to their mean over all networks (generalised Procrustes; Gower, Psychometrika 40 (1975)
    33). What a network computes stays the same only without an activation.
    """
    into, out = torch.from_numpy(layers[0].of_units), torch.from_numpy(layers[1].kernel[..., 0])
    rows = weights[:, out]
    centre = rows[0]
    for _ in range(ROUNDS):
        turned = rows @ procrustes(rows, centre)
        if torch.allclose(turned.mean(dim=0), centre, rtol=0, atol=1e-9):
            break
        centre = turned.mean(dim=0)
    turns = procrustes(rows, centre)
    changed = weights.clone()
    changed[:, out] = rows @ turns
    changed[:, into] = turns.mT @ weights[:, into]
    return changed


GAUGES: dict[Gauge, Callable[[Tensor, Sequence[LayerWeights], str], Tensor]] = {
    "none": unchanged,
    "permutation": permuted,
    "permutation-scale": rescaled,
    "procrustes": rotated,
}


def identity(members: Members, layer: int) -> np.ndarray:
    """Return ‖m‖ / √tr C of every neuron (S, K) of a layer, counted from 1.

    m and C are mean and covariance of its row, with its bias, over the N networks of a split that
    are present; the covariance has the factor of a jackknife. Rows of neurons that have nothing in
    common give about 1 / √N, whatever N is, and a neuron that is the same in all networks gives ∞.
    """
    neurons = members.neurons(layer).astype(float)
    found = [_identity(some[here]) for some, here in zip(neurons, members.present, strict=True)]
    return np.stack(found) / members.factor**0.5


def _identity(neurons: np.ndarray) -> np.ndarray:
    """Return the identity (K,) of neurons (N, K, d)."""
    # Of numbers that are all the same, no difference is left, and none of round-off.
    apart = neurons - neurons[0]
    spread = np.sqrt(apart.var(axis=0, ddof=1).sum(axis=-1))
    length = np.linalg.norm(neurons.mean(axis=0), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, length / spread, np.inf)

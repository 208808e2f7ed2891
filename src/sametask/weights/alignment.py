"""A canonical order of the units of each network: that in which they are nearest to a template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from sametask.populations.layout import LayerWeights
from sametask.weights.symmetries import HiddenUnits, hidden_units

# Rounds of aligning to the mean of what was aligned before, and of going through hidden layers.
ROUNDS, SWEEPS = 10, 5


@dataclass(frozen=True)
class Aligned:
    """Weights (n, P) in canonical order, and how they came there.

    For each hidden layer: unit j of the result is unit ``order[:, j]`` of the network, times
    ``signs[:, j]``.
    """

    weights: Tensor
    orders: list[Tensor]
    signs: list[Tensor]


def _assigned(gain: Tensor) -> Tensor:
    """Return for every place (n, units) of a template the unit there: the largest sum of gains.

    ``gain`` (n, places, units).
    """
    best = [linear_sum_assignment(one, maximize=True)[1] for one in gain.numpy()]
    return torch.from_numpy(np.array(best))


def _matched(
    weights: Tensor, template: Tensor, units: HiddenUnits, flips: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the order (n, units) and the signs (n, units) that bring units nearest a template.

    They maximise Σⱼ sⱼ ⟨tⱼ, w_{π(j)}⟩, that is, minimise the distance to the template, exactly: the
    sign of a pair is that of its product, and the rest is an assignment. Without flips, s = 1.
    """
    products = units.tokens(template) @ units.tokens(weights).mT
    gain = products.abs().where(flips[:, None, None], products)
    order = _assigned(gain)
    found = products.gather(2, order[..., None])[..., 0]
    signs = torch.where(flips[:, None] & (found < 0), -1.0, 1.0).to(weights)
    return order, signs


def align(
    weights: Tensor, template: Tensor, layers: Sequence[LayerWeights], flips: Tensor
) -> Aligned:
    """Bring networks (n, P) into the order in which they are nearest to a template (P,).

    With one hidden layer this is exact. With several, each layer is matched while the others stay,
    until nothing changes (Ainsworth et al., "Git Re-Basin", 2023): a local optimum.
    """
    hidden = hidden_units(layers)
    orders = [torch.arange(len(units)).repeat(len(weights), 1) for units in hidden]
    signs = [torch.ones_like(order, dtype=weights.dtype) for order in orders]
    for _ in range(SWEEPS if len(hidden) > 1 else 1):
        before = weights
        for depth, units in enumerate(hidden):
            order, sign = _matched(weights, template, units, flips)
            weights = units.flipped(units.reordered(weights, order), sign)
            orders[depth] = orders[depth].gather(1, order)
            signs[depth] = signs[depth].gather(1, order) * sign
        if torch.equal(before, weights):
            break
    return Aligned(weights, orders, signs)


def template(weights: Tensor, layers: Sequence[LayerWeights], flips: Tensor) -> Tensor:
    """Return a template (P,) of networks (n, P): the mean of them all after alignment to it.

    It begins with the network that is nearest to the mean, and is refined until it stays.
    """
    centre = weights[(weights - weights.mean(dim=0)).norm(dim=1).argmin()]
    for _ in range(ROUNDS):
        mean = align(weights, centre, layers, flips).weights.mean(dim=0)
        if torch.allclose(mean, centre, rtol=0, atol=1e-6):
            break
        centre = mean
    return centre

"""What trees see of weights beside plain statistics: a table in which units have no order."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from sametask.populations.layout import LayerWeights
from sametask.weights.symmetries import HiddenUnits, hidden_units

QUANTILES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
# Norms and variances below this are those of no weights at all.
LEAST = 1e-12


def _shape(weights: Tensor) -> list[Tensor]:
    """Return the shape of the distribution of weights (…, q), five numbers (…).

    Mean, standard deviation, kurtosis E(w − w̄)⁴ / σ⁴, the mean and the maximum of |w|. A uniform
    distribution has a kurtosis of 1.8, a normal one of 3.
    """
    mean = weights.mean(dim=-1)
    centred = weights - mean[..., None]
    variance = centred.square().mean(dim=-1)
    kurtosis = centred.pow(4).mean(dim=-1) / variance.square().clamp_min(LEAST**2)
    size = weights.abs()
    return [mean, variance.sqrt(), kurtosis, size.mean(dim=-1), size.amax(dim=-1)]


def _of_layer(weights: Tensor) -> Tensor:
    """Return the shape and ``QUANTILES`` (r, 14) of all weights (r, q) of a layer."""
    levels = torch.tensor(QUANTILES, dtype=weights.dtype)
    return torch.cat([torch.stack(_shape(weights)), weights.quantile(levels, dim=-1)]).mT


def _of_units(weights: Tensor, units: HiddenUnits) -> Tensor:
    """Return what weights (r, P) into and out of hidden units are like, (r, 16 × units).

    Of each unit: the shape, norm, minimum and maximum of the weights into it, those out of it, and
    the logarithm of the ratio of the norms and the difference of their squares. In gradient flow
    the difference stays for a unit with ReLU, not for one with tanh (Du, Hu & Lee 2018). Each
    number is sorted over the units by itself.
    """
    each, norms = [], []
    for places in (units.into, units.out):
        some = weights[:, places]
        norms.append(some.norm(dim=-1))
        each += [*_shape(some), norms[-1], some.amin(dim=-1), some.amax(dim=-1)]
    into, out = (norm.clamp_min(LEAST) for norm in norms)
    each += [(into / out).log(), into.square() - out.square()]
    return torch.cat([one.sort(dim=-1).values for one in each], dim=-1)


def sorted_statistics(weights: Tensor, layers: Sequence[LayerWeights]) -> Tensor:
    """Return statistics (r, q) of each layer of networks (r, P), and of their units in no order.

    A change of the places of units changes nothing.
    """
    of_layers = [
        _of_layer(weights[:, torch.from_numpy(layer.of_units.ravel())]) for layer in layers
    ]
    of_units = [_of_units(weights, units) for units in hidden_units(layers)]
    return torch.cat(of_layers + of_units, dim=-1)

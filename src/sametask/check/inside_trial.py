"""Try the place inside a network where noise is added: it is there, and the layers hear it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from sametask.activations.axes import Inside
from sametask.activations.hooks import added_to, record
from sametask.base.errors import NetworkError, about
from sametask.base.randomness import generator
from sametask.networks.given import Given, count, rows


def place_inside(network: nn.Module, place: str, inputs: Given) -> Inside:
    """Return the place of ``perturb``; ``NetworkError`` if there is none of that name."""
    with about("perturb"):
        return Inside.of(network, place, rows(inputs, slice(0, 1)))


def try_inside(network: nn.Module, place: str, layers: Sequence[str], inputs: Given) -> None:
    """Refuse a place of ``perturb`` whose noise changes none of the measured layers."""
    inside = place_inside(network, place, inputs)
    noise = generator(0, "inside trial").standard_normal((count(inputs), *inside.shape))
    before = record(network, layers, inputs)
    with added_to(network, inside.added(noise)):
        after = record(network, layers, inputs)
    if all(torch.equal(one, other) for one, other in zip(before, after, strict=True)):
        raise NetworkError(
            f"perturb: {place!r}: noise there does not change {' + '.join(layers)!r}; name a "
            "place before the layers, or the first of them"
        )

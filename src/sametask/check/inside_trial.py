"""Try the place inside a network where noise is added: it is there, and the layers hear it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from sametask.activations.axes import Inside
from sametask.activations.hooks import added_to, record
from sametask.base.errors import NetworkError, about
from sametask.base.randomness import generator
from sametask.networks.given import Given, count, rows


def place_inside(network: nn.Module, place: str, inputs: Given) -> Inside:
    """Return the place of ``perturb``; ``NetworkError`` if there is none of that name."""
    with about("perturb"):
        return Inside.of(network, place, rows(inputs, slice(0, 1)))


def try_inside(
    network: nn.Module, place: str, outputs: Mapping[str, Tensor], inputs: Given
) -> None:
    """Refuse a place of ``perturb`` whose noise changes none of the measured layers.

    ``outputs`` are what the layers put out for the inputs without noise, by name.
    """
    inside = place_inside(network, place, inputs)
    noise = generator(0, "inside trial").standard_normal((count(inputs), *inside.shape))
    with added_to(network, inside.added(noise)):
        after = record(network, list(outputs), inputs)
    if all(map(torch.equal, outputs.values(), after)):
        raise NetworkError(
            f"perturb: {place!r}: noise there does not change {' + '.join(outputs)!r}; name a "
            "place before the layers, or the first of them"
        )

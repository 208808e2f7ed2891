"""What activations and answers must be to be measured: real, finite, one for each input."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.activations.layout import Layout
from sametask.base.errors import DataError, NetworkError
from sametask.networks.outputs import not_real

# Sums of squares of larger numbers than this are no longer finite in double precision.
LARGEST = 1e150


def _first_beyond(values: Tensor) -> list[int] | None:
    """Return where the first number stands that is NaN or beyond what can be squared."""
    if not values.numel():
        return None
    # Both are NaN if one of the values is. Nothing of the size of the values is made.
    low, high = map(float, torch.aminmax(values))
    if low >= -LARGEST and high <= LARGEST:
        return None
    return torch.nonzero(~(values.double().abs() <= LARGEST))[0].tolist()


def _told(value: float) -> str:
    return f"{value:.3g}, too large to be squared" if math.isfinite(value) else str(value)


def finite(values: Tensor, layout: Layout, neurons: Sequence[int], first: int, what: str) -> Tensor:
    """Refuse activations (n, …, m) of some neurons that cannot be squared, naming the first.

    Those are NaN, infinite, or larger than 1e150. Raises ``DataError`` with layer and neuron, and
    the number of the sample, counted from ``first``.
    """
    place = _first_beyond(values)
    if place is not None:
        neuron = neurons[place[-1]]
        ends = np.cumsum(layout.sizes)
        name = layout.layers[int(np.searchsorted(ends, neuron, side="right"))]
        raise DataError(
            f"layer {name!r}, neuron {neuron}: {what} {first + place[0]} has an activation that is "
            f"{_told(float(values[tuple(place)]))}"
        )
    return values


def require_answer(answer: object, count: int) -> Tensor:
    """Return a network's answer (n, …) to so many inputs; ``NetworkError`` if it is none."""
    if not isinstance(answer, Tensor):
        raise NetworkError(f"puts out a {type(answer).__name__}, not one tensor")
    if wrong := not_real(answer):
        raise NetworkError(f"puts out {wrong}")
    told = f"puts out {tuple(answer.shape)} for a batch of {count}"
    if answer.ndim == 0 or answer.shape[0] != count:
        raise NetworkError(f"{told}: the first axis must be the batch")
    if not answer.numel():
        raise NetworkError(f"{told}: no numbers at all")
    return answer


def finite_answer(answer: Tensor, first: int, what: str) -> Tensor:
    """Refuse answers (n, …) that cannot be squared; ``DataError`` names the first sample."""
    place = _first_beyond(answer)
    if place is not None:
        told = _told(float(answer[tuple(place)]))
        raise DataError(f"{what} {first + place[0]}: the network puts out {told}")
    return answer

"""Check that activations and answers are real and finite, one for each input."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from sametask.activations.layout import Layout
from sametask.base.errors import DataError, NetworkError
from sametask.networks.outputs import leading_path, not_real, part_of

# Sums of squares of larger numbers overflow in double precision.
LARGEST = 1e150


def _first_beyond(values: Tensor) -> list[int] | None:
    """Return the index of the first number that is NaN or too large to be squared, or ``None``."""
    if not values.numel():
        return None
    # Both are NaN if a value is. This needs no memory of the size of the values.
    low, high = map(float, torch.aminmax(values))
    if low >= -LARGEST and high <= LARGEST:
        return None
    return torch.nonzero(~(values.double().abs() <= LARGEST))[0].tolist()


def _value_text(value: float) -> str:
    return f"{value:.3g}, too large to be squared" if math.isfinite(value) else str(value)


def finite(values: Tensor, layout: Layout, neurons: Sequence[int], first: int, what: str) -> Tensor:
    """Return activations (n, …, m) of ``neurons``; refuse values that cannot be squared.

    These are NaN, infinite, or larger than 1e150. ``DataError`` names the layer, the neuron and the
    sample, counted from ``first``, of the first such value.
    """
    place = _first_beyond(values)
    if place is not None:
        neuron = neurons[place[-1]]
        ends = np.cumsum(layout.sizes)
        name = layout.layers[int(np.searchsorted(ends, neuron, side="right"))]
        raise DataError(
            f"layer {name!r}, neuron {neuron}: {what} {first + place[0]} has an activation that is "
            f"{_value_text(float(values[tuple(place)]))}"
        )
    return values


def require_answer(answer: object, count: int) -> Tensor:
    """Return a network's answer (n, …) to ``count`` inputs; ``NetworkError`` if it is not valid.

    Of a tuple, mapping or dataclass it is the tensor that this stands for: the logits, not the
    loss.
    """
    path = leading_path(answer)
    if path is None:
        raise NetworkError(f"puts out a {type(answer).__name__}, not one tensor")
    tensor: Tensor = part_of(answer, path)
    if wrong := not_real(tensor):
        raise NetworkError(f"puts out {wrong}")
    subject = f"puts out {tuple(tensor.shape)} for a batch of {count}"
    if tensor.ndim == 0 or tensor.shape[0] != count:
        raise NetworkError(f"{subject}: the first axis must be the batch")
    if not tensor.numel():
        raise NetworkError(f"{subject}: no numbers at all")
    return tensor


def finite_answer(answer: Tensor, first: int, what: str) -> Tensor:
    """Return answers (n, …); ``DataError`` names the first that cannot be squared."""
    place = _first_beyond(answer)
    if place is not None:
        value = _value_text(float(answer[tuple(place)]))
        raise DataError(f"{what} {first + place[0]}: the network puts out {value}")
    return answer

"""The axes of a layer's output: the batch, time, and neurons."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from sametask.activations.hooks import observe, record
from sametask.base.errors import NetworkError
from sametask.base.randomness import generator
from sametask.networks.calls import require_same_runs
from sametask.networks.given import Given, repeated, rows
from sametask.networks.places import told

BATCH, TIME, NEURON = "batch", "time", "neuron"
# Sizes of two batches: the axis whose size follows them is the batch axis.
BATCHES = (2, 3)
# Numbers that tell what a place holds.
PRODUCTS = 8

log = logging.getLogger(__name__)


def _order(axes: Sequence[str], sequence: bool) -> list[int]:
    """Return the positions of the axes in the layer: batch, time if it is kept, and the others."""
    first = [axes.index(BATCH), *([axes.index(TIME)] if sequence else [])]
    return first + [place for place in range(len(axes)) if place not in first]


def batch_first(output: Tensor, axes: Sequence[str] | None, sequence: bool) -> Tensor:
    """Return a layer's output with the batch first, then time if it is kept."""
    return output if axes is None else output.permute(_order(axes, sequence))


def in_place(output: Tensor, axes: Sequence[str] | None, sequence: bool) -> Tensor:
    """Undo ``batch_first``."""
    if axes is None:
        return output
    order = _order(axes, sequence)
    return output.permute([order.index(place) for place in range(len(order))])


def _note_precision(outputs: Mapping[str, Tensor]) -> None:
    """Log a warning for layers of half precision, as under autocast."""
    for name, output in outputs.items():
        if torch.finfo(output.dtype).bits < 32:
            kind = str(output.dtype).removeprefix("torch.")
            log.warning("%s %s; its numbers are kept as they are", told(name), kind)


def _growing(
    network: nn.Module, layers: Sequence[str], example: Given
) -> Iterator[tuple[str, tuple[int, ...], list[int]]]:
    """Yield each layer's name, its shape for a batch of two, and the axes that follow the batch."""
    few, more = (observe(network, layers, repeated(example, count)) for count in BATCHES)
    require_same_runs(few.runs, more.runs)
    _note_precision(few.outputs)
    for name, output in few.outputs.items():
        larger = more.outputs[name]
        same = output.ndim == larger.ndim
        grown = [
            place
            for place in range(output.ndim if same else 0)
            if (output.shape[place], larger.shape[place]) == BATCHES
        ]
        yield name, tuple(output.shape), grown


@dataclass(frozen=True)
class Inside:
    """A place inside a network where noise is added: its shape without the batch, and its axis."""

    place: str
    shape: tuple[int, ...]
    batch: int

    @classmethod
    def of(cls, network: nn.Module, place: str, example: Given) -> Inside:
        """Find the batch axis, which is not the first in networks with their steps first."""
        name, shape, grown = next(_growing(network, [place], example))
        if len(grown) != 1:
            raise NetworkError(f"perturb: {_shown(name, shape)}: no single axis is the batch")
        (axis,) = grown
        return cls(place, shape[:axis] + shape[axis + 1 :], axis)

    def held(self, network: nn.Module, example: Given) -> list[float]:
        """Return what the place holds for an example, in a few numbers.

        Inner products with fixed random tensors: equal for two networks if they hold the same
        there, so that noise which is added is the same perturbation.
        """
        (values,) = record(network, [self.place], rows(example, slice(0, 1)))
        drawn = generator(0, "inside").standard_normal((PRODUCTS, values.numel()))
        return (drawn @ values.detach().double().flatten().cpu().numpy()).tolist()

    def added(self, noise: np.ndarray) -> dict[str, Tensor]:
        """Return noise (n, …) with the axes of the place, by its name."""
        return {self.place: torch.from_numpy(noise.copy()).movedim(0, self.batch)}


def _shown(name: str, shape: tuple[int, ...]) -> str:
    return f"{told(name)} {shape} for a batch of {BATCHES[0]}"


def _check_layer(
    name: str, shape: tuple[int, ...], grown: Sequence[int], axes: Sequence[str] | None
) -> None:
    """Raise ``NetworkError`` unless ``axes`` are those of a layer's output."""
    if 0 in shape:
        raise NetworkError(f"{_shown(name, shape)}: no neurons at all")
    if len(grown) != 1:
        raise NetworkError(f"{_shown(name, shape)}: no single axis is the batch")
    batch = grown[0]
    if axes is None:
        if batch:
            names = [NEURON] * len(shape)
            names[batch] = BATCH
            raise NetworkError(
                f"{_shown(name, shape)}: its first axis is not the batch; name its axes, as in "
                f"axes: [{', '.join(names)}]"
            )
    elif len(axes) != len(shape):
        raise NetworkError(
            f"axes: [{', '.join(axes)}] are {len(axes)} axes, but {_shown(name, shape)}"
        )
    elif axes.index(BATCH) != batch:
        raise NetworkError(
            f"axes: [{', '.join(axes)}]: the batch is axis {batch + 1}, counted from 1, of the "
            f"output: {_shown(name, shape)}"
        )


def check_axes(
    network: nn.Module,
    layers: Sequence[str],
    example: Given,
    axes: Sequence[str] | None,
    sequence: bool,
) -> tuple[tuple[tuple[int, ...], ...], int | None]:
    """Return the layers' shapes without batch and time, and the number of steps if time is kept.

    The batch axis is found by two forward passes with batches of different size. Raises
    ``NetworkError`` if ``axes`` do not agree with it, if a ``sequence`` has no axis of time, or if
    layers have different numbers of steps.
    """
    if sequence and (axes is None or TIME not in axes):
        raise NetworkError(
            "positions: cuts sequences, but no axis of the layers is named time; name them, as in "
            f"axes: [{BATCH}, {TIME}, {NEURON}]"
        )
    shapes, lengths = [], {}
    for name, shape, grown in _growing(network, layers, example):
        _check_layer(name, shape, grown, axes)
        order = range(len(shape)) if axes is None else _order(axes, sequence)
        kept = 2 if sequence else 1
        shapes.append(tuple(shape[place] for place in order)[kept:])
        if sequence and axes is not None:
            lengths[name] = shape[axes.index(TIME)]
    if len(set(lengths.values())) > 1:
        lengths_text = ", ".join(f"{name} {steps}" for name, steps in lengths.items())
        raise NetworkError(f"layers with different numbers of steps: {lengths_text}")
    return tuple(shapes), next(iter(lengths.values()), None)

"""Quality of all networks of an ensemble over the number of neurons that are left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from sametask.base.errors import DataError
from sametask.base.randomness import derived_seed, generator
from sametask.networks.stacked import StackedPerceptron
from sametask.neurons.covariances.resampled import resampled
from sametask.neurons.data.rows import Rows
from sametask.neurons.members import Members
from sametask.neurons.shrinking.methods import shrunk
from sametask.neurons.shrinking.original import Original, sizes_of, stacked
from sametask.neurons.shrinking.quality import Curve

# Rows of the training part that activations are measured on, at most.
ROWS = 1000
# How covariances of few networks are shrunk.
SHRINKAGE = "oas"


def targets(rows: Rows, chosen: np.ndarray) -> Tensor:
    """Return what is wanted of some rows (s, p) as numbers: of a class 1, of all others 0."""
    wanted = torch.from_numpy(rows.wanted[chosen])
    return (one_hot(wanted.long(), rows.outputs) if rows.classified else wanted).double()


def require_layer(layer: int, members: Members) -> None:
    """Raise ``DataError`` for a layer that the networks do not have."""
    if not 1 <= layer <= len(members.layers):
        raise DataError(f"neurons.layer: no layer {layer}; valid: 1 to {len(members.layers)}")


def original(members: Members, rows: Rows, split: int, layer: int, seed: int) -> Original:
    """Return the networks of a split, and what their neurons do on rows that they learned from.

    At most ``ROWS`` of these are drawn. Raises ``DataError`` as ``stacked`` and ``require_layer``.
    """
    require_layer(layer, members)
    learned = np.flatnonzero(~rows.held_out[split])
    draw = generator(seed, "rows to measure activations on", split)
    chosen = np.sort(draw.permutation(learned)[:ROWS])
    neurons = members.neurons(layer)[split][members.present[split]]
    return Original(
        stacked(members, split),
        layer,
        members.activation,
        torch.from_numpy(rows.seen(split)[chosen]).double(),
        targets(rows, chosen),
        resampled(neurons, SHRINKAGE, members.factor),
    )


def qualities(stack: StackedPerceptron, inputs: Tensor, wanted: Tensor, classified: bool) -> Tensor:
    """Return the accuracy (n,), or the mean square error, for inputs (s, d)."""
    given = stack(inputs)[-1]
    if classified:
        return (given.argmax(dim=-1) == wanted.argmax(dim=-1)).double().mean(dim=-1)
    return (given - wanted).square().mean(dim=(1, 2))


def parameters(stack: StackedPerceptron) -> int:
    """Return how many weights and biases one of the networks has."""
    return sum(part[0].numel() for part in (*stack.weights, *stack.biases))


def curve(
    members: Members, rows: Rows, layer: int, method: str, sizes: Sequence[int] | str, seed: int
) -> Curve:
    """Return the quality of all networks of all splits over the number of neurons of a layer.

    What is merged or left out is decided on rows that the networks learned from; quality is that on
    held-out rows. Raises ``DataError`` as ``sizes_of`` and ``shrunk`` do.
    """
    require_layer(layer, members)
    numbers = sizes_of(sizes, members.neurons(layer).shape[2])
    quality: dict[str, np.ndarray] = {}
    left: dict[str, np.ndarray] = {}
    for split, there in enumerate(members.present):
        known = original(members, rows, split, layer, seed)
        held = np.flatnonzero(rows.held_out[split])
        inputs, wanted = torch.from_numpy(rows.seen(split)[held]).double(), targets(rows, held)
        own = derived_seed(seed, f"clusters of split {split}")
        for place, ways in enumerate(shrunk(known, method, numbers, own)):
            for way, stack in ways.items():
                shape = (*members.present.shape, len(numbers))
                found = quality.setdefault(way, np.full(shape, np.nan))
                found[split, there, place] = qualities(stack, inputs, wanted, rows.classified)
                left.setdefault(way, np.zeros(len(numbers), int))[place] = parameters(stack)
    return Curve(numbers, quality, left)

"""What the evidence on a task needs of one network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Seen:
    """Something that is known at every sample: at fit (N, m), and at held-out samples (n R, m).

    A layer, the inputs, or the outputs. R is the number of slices of a held-out sample, 1 unless
    samples are sequences.
    """

    fit: Tensor
    test: Tensor


@dataclass(frozen=True)
class Copy:
    """Another network of the same recipe: its ``layer`` and its ``outputs``."""

    layer: Seen
    outputs: Seen


@dataclass(frozen=True)
class Learner:
    """One network: the layer that is compared, and what comes before and after it.

    ``layer`` are the measured neurons, and ``whole`` (N, t) all neurons of the layer at the fit
    samples. ``back`` takes all neurons (c, n R, t) at the held-out samples, mapped in c ways, to
    the network's outputs (c, n, …). ``inputs`` and ``outputs`` are those of the network,
    flattened. If ``classifies``, the outputs are scores of classes, or their probabilities.
    ``untrained`` has random weights; ``reference`` was trained with another seed. If samples are
    sequences, ``groups`` (N,) is the sample of every fit row of the layer, and ``sliced`` are the
    inputs of its rows; inputs and outputs are of whole samples. Of a layer that is
    ``read_only``, there is no way ``back``. ``precision`` is that of the network, in which rows
    are mapped for it.
    """

    layer: Seen
    whole: Tensor
    back: Callable[[Tensor], Tensor]
    inputs: Seen
    outputs: Seen
    classifies: bool
    groups: Tensor | None = None
    untrained: Copy | None = None
    reference: Copy | None = None
    sliced: Seen | None = None
    read_only: bool = False
    precision: torch.dtype = torch.float64

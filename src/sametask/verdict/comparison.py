"""Two layers measured against each other: all evidence between them, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sametask.base.errors import DataError
from sametask.base.magnitude import require_moderate
from sametask.base.relations import DIRECTIONS
from sametask.config.sections.stage_sections import Verdict
from sametask.splines.smoothing import fit_smoothed
from sametask.statistics.variance import Interval, explained, is_constant, plain_intervals
from sametask.storage.chunks import rows_per_shard
from sametask.verdict.local_directions import Local, compare_locally


@dataclass(frozen=True)
class Reordered:
    """Neighbourhoods (N, M, m) in another ``order`` (N,), read when asked for."""

    whole: Any
    order: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        """That of the neighbourhoods."""
        return tuple(self.whole.shape)

    def __getitem__(self, rows: slice) -> Any:
        return self.whole[self.order[rows]]


@dataclass(frozen=True)
class Layer:
    """One network's measured neurons: fit (N, m), held out (n, m), and their neighbourhoods.

    ``perturbed`` (N, M, m) of the fit samples have a shape and are read by rows, in any order: a
    tensor, an array on disk. ``rows_per_sample`` R successive held-out rows are slices of one
    sample, and not independent; ``slices`` (N,) are then the numbers i R + s of the fit rows, slice
    s of sample i.
    """

    fit: Tensor
    test: Tensor
    perturbed: Any
    rows_per_sample: int = 1
    slices: Tensor | None = None

    @property
    def samples(self) -> int:
        """The number of held-out samples."""
        return len(self.test) // self.rows_per_sample

    @property
    def groups(self) -> Tensor | None:
        """The sample (N,) of every fit row, or ``None`` where each row is one."""
        return None if self.slices is None else self.slices // self.rows_per_sample

    def around(self, rows: slice) -> Tensor:
        """Return the neighbourhoods (·, M, m) of some fit samples, as they were recorded."""
        return torch.as_tensor(self.perturbed[rows])

    def orders(self, seed: int) -> tuple[Tensor, Tensor]:
        """Return random orders of the fit rows (N,) and of the held-out rows (n,).

        Whole samples take each other's places. Slices of one sequence are not exchangeable with
        those of other times: a held-out sequence goes with all its slices, and a fit slice to the
        place of one of the same time, since not all slices of a sequence are among them.
        """
        draw = torch.Generator().manual_seed(seed)
        drawn = torch.randperm(len(self.fit), generator=draw)
        times = torch.zeros_like(drawn)
        if self.slices is not None:
            times = self.slices % self.rows_per_sample
        fit = torch.empty_like(drawn)
        fit[times.argsort(stable=True)] = drawn[times[drawn].argsort(stable=True)]
        rows = self.rows_per_sample
        samples = torch.randperm(self.samples, generator=draw)
        return fit, (samples[:, None] * rows + torch.arange(rows)).flatten()

    def shuffled(self, seed: int) -> Layer:
        """Return the layer with its samples in another order: the control without any pairing."""
        return self.reordered(*self.orders(seed))

    def reordered(self, fit: Tensor, test: Tensor) -> Layer:
        """Return the layer with its rows in other orders, such as those of ``orders``.

        A fit sample keeps its neighbourhood: both go to the same place.
        """
        perturbed = Reordered(self.perturbed, fit.numpy())
        slices = None if self.slices is None else self.slices[fit]
        return Layer(self.fit[fit], self.test[test], perturbed, self.rows_per_sample, slices)


@dataclass(frozen=True)
class Evidence:
    """What was measured between two layers; R² is ``None`` towards a constant layer."""

    r2: dict[str, Interval | None]
    local: Local

    def plain(self) -> dict[str, Any]:
        """Return R² and dimensions as they stand in ``verdict.json``."""
        return {"r2": plain_intervals(self.r2), "dimension": self.local.dimension}


def predict(fit: Tensor, targets: Tensor, test: Tensor, groups: Tensor | None = None) -> Tensor:
    """Return what smoothing splines through fit (N, m) and targets (N, p) make of test (n, m).

    Smoothed by leave-one-out, rows of equal ``groups`` (N,) together; constant rows predict the
    targets' mean.
    """
    if is_constant(fit):
        return targets.mean(dim=0).expand(len(test), -1)
    return fit_smoothed(fit, targets, "auto", groups)(test)


def regress(source: Layer, target: Layer) -> Tensor:
    """Return the target's held-out activations (n, m) as smoothing splines predict them.

    Fitted on the paired fit samples, smoothed by leave-one-out; a constant source predicts the
    mean.
    """
    return predict(source.fit, target.fit, source.test, source.groups)


def paired_neighbourhoods(a: Layer, b: Layer) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield the neighbourhoods of both layers around the same fit samples, block by block."""
    rows = min(rows_per_shard(layer.perturbed.shape, float) for layer in (a, b))
    for start in range(0, len(a.fit), rows):
        part = slice(start, start + rows)
        yield a.around(part), b.around(part)


def gather(a: Layer, b: Layer, draws: Tensor, settings: Verdict) -> Evidence:
    """Measure two layers against each other on the same samples, in the same order.

    ``draws`` (s, n) are resamples of the held-out samples, ``settings`` the section ``verdict``
    of an experiment. Raises ``DataError`` if the layers do not have the same number of samples, or
    if squares of activations overflow.
    """
    if (len(a.fit), len(a.test)) != (len(b.fit), len(b.test)):
        raise DataError(
            f"unpaired: {len(a.fit)} and {len(b.fit)} fit samples, "
            f"{len(a.test)} and {len(b.test)} test samples"
        )
    sides = {"a": a, "b": b}
    for layer in sides.values():
        require_moderate(torch.cat([layer.fit, layer.test]), "activations")
    r2 = {}
    for direction, (source, target) in DIRECTIONS.items():
        predicted = regress(sides[source], sides[target])
        r2[direction] = explained(predicted, sides[target].test, draws, settings.confidence)
    blocks = paired_neighbourhoods(a, b)
    return Evidence(r2, compare_locally(blocks, settings.share, settings.correlation))
